import type { Cell } from '../../cli/output/table.ts';
import { QEMU_MACHINES, type QemuCpu } from '../../targets/qemu/machines.ts';
import type { Anchors, McuInstructions } from '../anchors.ts';
import { block, mark, perMac } from '../report.ts';
import { formatRatio, ratio } from '../statistics.ts';
import { aims } from './aims.ts';
import type { ProcessorFigure, ProcessorRun } from './measure.ts';

/** A table for each processor beside the anchors and the aims, then instructions per MAC of every layer on all of them. */
export function processorsReport(
  figures: readonly ProcessorFigure[],
  cpus: readonly QemuCpu[],
  anchors: Anchors['mcu'],
): string {
  const tables = cpus.filter((cpu) => figures.some((figure) => runOf(figure, cpu) !== undefined));
  const skipped = figures.flatMap(({ id, skipped }) => skipped.map((reason) => `${id}: not counted, ${reason}`));
  return [
    ...tables.map((cpu) => processorTable(cpu, figures, anchors)),
    ...figures.filter(({ runs }) => runs.some(({ layers }) => layers.length > 0)).map(layerTable),
    ...skipped,
  ].join('\n\n');
}

function runOf({ runs }: ProcessorFigure, cpu: QemuCpu): ProcessorRun | undefined {
  return runs.find((run) => run.cpu === cpu);
}

/** What TFLite Micro executes on that processor; nothing is published for Armv6-M, M3, M33 and RISC-V. */
function anchorOf(cpu: QemuCpu, id: string, { models, otherProcessors }: Anchors['mcu']): McuInstructions | undefined {
  return cpu === 'cortex-m4' ? models[id]?.instructions : otherProcessors[cpu]?.[id];
}

function processorTable(cpu: QemuCpu, figures: readonly ProcessorFigure[], anchors: Anchors['mcu']): string {
  const rows = figures.flatMap((figure): Cell[][] => {
    const run = runOf(figure, cpu);
    if (run === undefined) return [];
    const { instructions, stackBytes, codeFlashBytes, isExact } = run;
    const anchor = anchorOf(cpu, figure.id, anchors);
    const aim = aims[cpu]?.[figure.id];
    return [
      [
        ...[figure.id, figure.macs, instructions, perMac(instructions, figure.macs)],
        ...[anchor?.cmsisNn ?? null, formatRatio(ratio(instructions, anchor?.cmsisNn))],
        ...[anchor?.cmsisNnFastest ?? null, anchor?.reference ?? null],
        ...[aim ?? null, formatRatio(ratio(instructions, aim)), mark(aim === undefined ? null : instructions <= aim)],
        ...[codeFlashBytes, stackBytes, mark(isExact)],
      ],
    ];
  });
  const titles = [
    ...['model', 'MACs', 'instructions', 'per MAC', 'CMSIS-NN -O3', 'ours/it', 'CMSIS-NN fastest', 'TFLM reference'],
    ...['aim', 'ours/it', 'holds', 'code flash', 'stack', 'bytes equal'],
  ];
  return block(`Instructions per inference, ${cpu} (emulated ${QEMU_MACHINES[cpu].machine})`, titles, rows);
}

/** Instructions per MAC, or the instructions of a layer without any. */
function layerTable({ id, layers, runs }: ProcessorFigure): string {
  const counted = runs.filter((run) => run.layers.length > 0);
  const rows = layers.map(({ name, macs }, i): Cell[] => {
    const cell = (count: number | undefined): Cell => (count === undefined ? null : (perMac(count, macs) ?? count));
    return [shortName(name), macs === 0 ? null : macs, ...counted.map((run) => cell(run.layers[i]))];
  });
  const titles = ['layer', 'MACs', ...counted.map(({ cpu }) => cpu)];
  return block(`Instructions per MAC of the layers of ${id} (instructions where a layer has none)`, titles, rows);
}

const shortNameLength = 48;

/** Names of fused layers list all that was fused. */
function shortName(name: string): string {
  return name.length <= shortNameLength ? name : `${name.slice(0, shortNameLength - 1)}…`;
}
