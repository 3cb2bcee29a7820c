import type { Cell } from '../../cli/output/table.ts';
import { block, mark, perMac, titled } from '../report.ts';
import { formatRatio, ratio } from '../statistics.ts';
import { type LayerFigure, type Limit, type McuFigure, stackSlackBytes, staticMemoryOff } from './figures.ts';

const shortNameLength = 48;

type Done = Extract<McuFigure, { measured: unknown }>;

/** The tables of the microcontroller section: instructions, SRAM, flash, then every layer of every model. */
export function mcuReport(figures: readonly McuFigure[]): string {
  const done = figures.filter((figure): figure is Done => 'measured' in figure);
  const skipped = figures.flatMap((figure) =>
    'skipped' in figure ? [`${figure.id}: not measured, ${figure.skipped}`] : [],
  );
  const tables =
    done.length === 0 ? [] : [instructionTable(done), sramTable(done), predictionTable(done), flashTable(done)];
  return [...tables, ...done.map(layerTable), ...skipped].join('\n\n');
}

function limit(limits: readonly Limit[], name: string): Limit | undefined {
  return limits.find((candidate) => candidate.name === name);
}

function instructionTable(done: readonly Done[]): string {
  const rows = done.map(({ id, measured, anchor, limits }): Cell[] => {
    const { instructions, macs, macsLeft, isExact } = measured;
    const bound = limit(limits, 'instructions');
    return [
      ...[id, macs, macsLeft, instructions, perMac(instructions, macs)],
      ...[anchor?.instructions.cmsisNn ?? null, formatRatio(ratio(instructions, anchor?.instructions.cmsisNn))],
      ...[anchor?.instructions.reference ?? null, formatRatio(ratio(instructions, anchor?.instructions.reference))],
      ...[bound?.limit ?? null, mark(bound?.holds), mark(isExact)],
    ];
  });
  const titles = [
    ...['model', 'MACs', 'after passes', 'instructions', 'per MAC', 'CMSIS-NN -O3', 'ours/it'],
    ...['TFLM reference', 'ours/it', 'limit (reference/3)', 'holds', 'bytes equal'],
  ];
  return block('Instructions per inference, Cortex-M4 (emulated mps2-an386)', titles, rows);
}

function sramTable(done: readonly Done[]): string {
  const rows = done.map(({ id, measured, anchor, limits }): Cell[] => {
    const { arenaBytes, lowerBoundBytes, staticBytes, stackBytes, sramBytes } = measured;
    const ram = anchor?.cmsisNnRam;
    const total = ram === undefined ? null : ram.arenaBytes + ram.staticBytes + ram.stackBytes;
    const bound = limit(limits, 'sram');
    return [
      ...[
        id,
        arenaBytes,
        lowerBoundBytes,
        staticBytes,
        stackBytes,
        sramBytes,
        bound?.limit ?? null,
        mark(bound?.holds),
      ],
      ...[total, formatRatio(ratio(sramBytes, total))],
    ];
  });
  const titles = [
    ...[
      'model',
      'plan: arena',
      'lower bound',
      'static',
      'stack',
      'sum',
      'TFLM non-persistent',
      'arena+static below it',
    ],
    ...['TFLM CMSIS-NN arena+static+stack', 'sum/it'],
  ];
  return block('SRAM in bytes, measured', titles, rows);
}

function predictionTable(done: readonly Done[]): string {
  const rows = done.map(({ id, measured, limits }): Cell[] => {
    const { arenaBytes, staticBytes, stackBytes, codeStackBytes, predicted } = measured;
    const holds = limits.filter(({ name }) => /^(?:static memory|stack)/.test(name)).every((one) => one.holds);
    return [
      ...[id, predicted.arenaBytes + predicted.staticBytes, arenaBytes + staticBytes, staticMemoryOff(measured)],
      ...[predicted.stackBoundBytes, codeStackBytes, stackBytes, predicted.stackBoundBytes - stackBytes],
      ...[predicted.sramBytes, arenaBytes + staticBytes + stackBytes, mark(holds)],
    ];
  });
  const titles = [
    ...['model', 'arena+static', 'measured', 'off by', 'stack bound', 'by machine code', 'painted', 'bound above it'],
    ...['SRAM in all', 'measured', `0 off, stack <= bound <= stack+${stackSlackBytes}`],
  ];
  return block('Memory in bytes, predicted without a compiler against measured', titles, rows);
}

function flashTable(done: readonly Done[]): string {
  const rows = done.map(({ id, measured, anchor, limits }): Cell[] => {
    const { codeFlashBytes, weightFlashBytes } = measured;
    const flash = anchor?.flash;
    const bound = limit(limits, 'code flash');
    return [
      ...[id, codeFlashBytes, flash?.cmsisNnO3Bytes ?? null, flash?.cmsisNnOsBytes ?? null],
      ...[flash?.referenceO3Bytes ?? null, flash?.referenceOsBytes ?? null],
      ...[formatRatio(ratio(codeFlashBytes, flash?.cmsisNnOsBytes)), bound?.limit ?? null, mark(bound?.holds)],
      ...[weightFlashBytes, flash?.modelBytes ?? null],
    ];
  });
  const titles = [
    ...['model', 'code flash', 'CMSIS-NN -O3', 'CMSIS-NN -Os', 'reference -O3', 'reference -Os', 'ours/CMSIS-NN -Os'],
    ...['limit', 'holds', 'our weights', 'TFLM model file'],
  ];
  return block('Flash in bytes, from the linked program (TFLM: start-up code included)', titles, rows);
}

function layerTable({ id, measured: { layers, counter } }: Done): string {
  if (layers.length === 0) return titled(`Layers of ${id}`, `not counted: the counter is ${counter}`);
  const rows = layers.map((layer: LayerFigure): Cell[] => {
    const { name, macs, instructions, cmsisNn, reference } = layer;
    return [
      ...[shortName(name), macs === 0 ? null : macs, instructions, perMac(instructions, macs)],
      ...[cmsisNn, formatRatio(ratio(instructions, cmsisNn)), reference, formatRatio(ratio(instructions, reference))],
    ];
  });
  const titles = ['layer', 'MACs', 'instructions', 'per MAC', 'CMSIS-NN -O3', 'ours/it', 'TFLM reference', 'ours/it'];
  return block(`Layers of ${id}`, titles, rows);
}

/** Names of fused layers list all that was fused. */
function shortName(name: string): string {
  return name.length <= shortNameLength ? name : `${name.slice(0, shortNameLength - 1)}…`;
}
