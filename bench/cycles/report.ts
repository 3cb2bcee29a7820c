import type { Cell } from '../../cli/output/table.ts';
import { coreModels, type ModelledCpu } from '../../converter/estimate/cores/cores.ts';
import { block, mark, perMac, titled } from '../report.ts';
import { formatRatio, ratio } from '../statistics.ts';
import { cycleAims, publishedCycles } from './aims.ts';
import type { CoreRun, CycleFigure, CyclesOfModel } from './measure.ts';

const shortNameLength = 48;

const cpus = Object.keys(coreModels).filter((name): name is ModelledCpu => name in coreModels);

/** A table for each core beside aims and published cycles, then the layers on the Cortex-M4, or the first core that was asked for. */
export function cyclesReport(figures: readonly CyclesOfModel[]): string {
  const used = cpus.filter((cpu) => figures.some((figure) => runOf(figure, cpu) !== undefined));
  const detailed = used.includes('cortex-m4') ? 'cortex-m4' : used[0];
  const skipped = figures.flatMap(({ id, skipped }) => skipped.map((reason) => `${id}: not modelled, ${reason}`));
  return [
    ...used.flatMap((cpu) => [coreTable(cpu, figures), sourcesOf(cpu)]),
    ...figures.flatMap((figure) => {
      const run = detailed === undefined ? undefined : runOf(figure, detailed);
      return run === undefined ? [] : [layerTable(figure.id, run)];
    }),
    ...skipped,
  ].join('\n\n');
}

function runOf({ runs }: CyclesOfModel, cpu: ModelledCpu): CoreRun | undefined {
  return runs.find((run) => run.cpu === cpu);
}

function coreTable(cpu: ModelledCpu, figures: readonly CyclesOfModel[]): string {
  const rows = figures.flatMap((figure): Cell[][] => {
    const run = runOf(figure, cpu);
    if (run === undefined) return [];
    const { instructions, cycles } = run;
    const [aim, published] = [cycleAims[cpu]?.[figure.id], publishedCycles[cpu]?.[figure.id]];
    return [
      [
        ...[figure.id, figure.macs, instructions, cycles, (cycles / instructions).toFixed(2)],
        ...[perMac(cycles, figure.macs), ...lostOf(run)],
        ...[aim ?? null, formatRatio(ratio(cycles, aim)), mark(aim === undefined ? null : cycles <= aim)],
        ...[published ?? null, formatRatio(ratio(cycles, published))],
      ],
    ];
  });
  const titles = [
    ...['model', 'MACs', 'instructions', 'modelled cycles', 'per instruction', 'per MAC', ...lostTitles],
    ...['aim', 'ours/it', 'holds', 'best published', 'ours/it'],
  ];
  return block(`Modelled cycles per inference, ${coreModels[cpu].name}, memories without wait states`, titles, rows);
}

const lostTitles = ['loads wait', 'results wait', 'branches'] as const;

/** Shares of the cycles that are lost: to loads, to results, addresses and long instructions, to branches. */
function lostOf({ cycles, lost }: CycleFigure): readonly string[] {
  const share = (...counts: readonly number[]) =>
    `${((100 * counts.reduce((sum, count) => sum + count, 0)) / Math.max(1, cycles)).toFixed(1)}%`;
  return [share(lost.load, lost.unaligned), share(lost.result, lost.address, lost.long), share(lost.branch)];
}

function sourcesOf(cpu: ModelledCpu): string {
  const { name, sources, assumed } = coreModels[cpu];
  const lines = [...sources.map((line) => `  from: ${line}`), ...assumed.map((line) => `  assumed: ${line}`)];
  return titled(`The model of the ${name}`, lines.join('\n'));
}

function layerTable(id: string, { cpu, layers }: CoreRun): string {
  const rows = layers.map((layer): Cell[] => {
    const { name, macs, instructions, cycles, bound } = layer;
    return [
      ...[shortName(name), macs === 0 ? null : macs, instructions, cycles, (cycles / instructions).toFixed(2)],
      ...[perMac(cycles, macs), ...lostOf(layer), bound],
    ];
  });
  const titles = ['layer', 'MACs', 'instructions', 'cycles', 'per instruction', 'per MAC', ...lostTitles, 'bound by'];
  return block(`Layers of ${id}, ${coreModels[cpu].name}`, titles, rows);
}

/** Names of fused layers list all that was fused. */
function shortName(name: string): string {
  return name.length <= shortNameLength ? name : `${name.slice(0, shortNameLength - 1)}…`;
}
