import type { Cell } from '../../cli/output/table.ts';
import { block } from '../report.ts';
import type { CheckedLayer, CheckedRun, CheckFigure } from './check.ts';

/** A layer is told when its prediction is off by more. */
const TOLD = 0.05;

const percent = (share: number) => `${share >= 0 ? '+' : ''}${(100 * share).toFixed(1)} %`;

const offOf = ({ predicted, measured }: Pick<CheckedLayer, 'predicted' | 'measured'>) => predicted / measured - 1;

/** Predicted instructions beside counted ones: each model on each processor, then by class, then the layers that are most off. */
export function countsReport(figures: readonly CheckFigure[]): string {
  const runs = figures.filter((figure): figure is CheckedRun => 'layers' in figure);
  const skipped = figures.flatMap((figure) =>
    'skipped' in figure
      ? [`${figure.id}${figure.cpu === null ? '' : ` on ${figure.cpu}`}: not counted, ${figure.skipped}`]
      : [],
  );
  return [...(runs.length === 0 ? [] : [totals(runs), classTable(runs), worst(runs)]), ...skipped].join('\n\n');
}

function totals(runs: readonly CheckedRun[]): string {
  const rows = runs.map((run): Cell[] => {
    const off = run.layers.map((layer) => Math.abs(offOf(layer)));
    const mean = off.reduce((sum, one) => sum + one, 0) / Math.max(1, off.length);
    return [
      ...[run.id, run.cpu, run.predicted, run.measured, percent(offOf(run))],
      ...[off.length, percent(mean), percent(Math.max(0, ...off)), off.filter((one) => one > 0.08).length],
    ];
  });
  const titles = ['model', 'processor', 'predicted', 'counted', 'off', 'layers', 'mean', 'most', 'above 8 %'];
  return block('Instructions per inference, predicted and counted; layers: mean and largest difference', titles, rows);
}

function classTable(runs: readonly CheckedRun[]): string {
  const cpus = [...new Set(runs.map(({ cpu }) => cpu))];
  const rows = cpus.flatMap((cpu) => {
    const sums = new Map<string, { predicted: number; measured: number }>();
    let all = 0;
    for (const run of runs.filter((one) => one.cpu === cpu)) {
      all += run.measured;
      for (const [name, { predicted, measured }] of Object.entries(run.classes)) {
        const sum = sums.get(name) ?? { predicted: 0, measured: 0 };
        sums.set(name, { predicted: sum.predicted + predicted, measured: sum.measured + measured });
      }
    }
    return [...sums].map(([name, { predicted, measured }]): Cell[] => {
      return [cpu, name, Math.round(predicted), measured, percent((predicted - measured) / all)];
    });
  });
  return block(
    'By class, over all of these models',
    ['processor', 'class', 'predicted', 'counted', 'off, of all'],
    rows,
  );
}

function worst(runs: readonly CheckedRun[]): string {
  const layers = runs.flatMap((run) => run.layers.map((layer) => ({ ...layer, run })));
  const told = layers.filter((layer) => Math.abs(offOf(layer)) > TOLD);
  told.sort((a, b) => Math.abs(offOf(b)) - Math.abs(offOf(a)));
  const rows = told.map(({ run, name, operator, predicted, measured }): Cell[] => {
    return [run.id, run.cpu, operator, name.slice(0, 40), predicted, measured, percent(predicted / measured - 1)];
  });
  const titles = ['model', 'processor', 'operator', 'layer', 'predicted', 'counted', 'off'];
  return block('Layers that are off by more than 5 %', titles, rows);
}
