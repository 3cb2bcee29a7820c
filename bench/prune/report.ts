import type { Cell } from '../../cli/output/table.ts';
import { block, titled } from '../report.ts';
import type { Int8Figure } from './int8.ts';
import type { PruneFigure } from './measure.ts';
import type { StructureFigure } from './structure.ts';

/** Accuracy of pruned models, by the way in which they were pruned, then the commands that print more. */
export function pruneReport(figures: readonly PruneFigure[]): string {
  const share = (value: number | null | undefined) => (value == null ? null : `${(100 * value).toFixed(1)} %`);
  const rows = figures.map((figure): Cell[] => {
    const { id, way, left, points } = figure;
    const bound = `${left} %`;
    if ('skipped' in figure) return [id, bound, way, null, null, null, null, null, null, figure.skipped];
    const [whole] = figure.curve;
    const last = figure.curve.at(-1);
    const accuracy = last?.accuracy ?? null;
    const lost = accuracy === null || last?.floatAccuracy == null ? null : 100 * (last.floatAccuracy - accuracy);
    return [
      id,
      bound,
      way,
      figure.judged,
      share((last?.macs ?? 0) / (whole?.macs ?? 1)),
      share(last?.floatAccuracy),
      share(accuracy),
      share(last?.agreement),
      share(last?.outputError),
      lost === null ? null : `${lost.toFixed(1)} of ${points}`,
    ];
  });
  const titles = [
    ...[
      'model',
      'MACs allowed',
      'by',
      'judged by',
      'MACs left',
      'float right',
      'pruned right',
      'agree',
      'output error',
    ],
    'points lost',
  ];
  const commands = figures.flatMap((figure) =>
    'command' in figure && figure.way === 'ours' ? [`  ${figure.command}`] : [],
  );
  const table = block('Float models pruned without labels or training', titles, rows);
  return commands.length === 0 ? table : `${table}\n\n${titled('Commands', commands.join('\n'))}`;
}

/** Right answers of packages that were pruned and quantized in one command. */
export function prunedInt8Report(figures: readonly Int8Figure[]): string {
  const rows = figures.map((figure): Cell[] => {
    if ('skipped' in figure) return [figure.id, `${figure.left} %`, null, null, figure.skipped];
    return [figure.id, `${figure.left} %`, figure.macs, figure.judged, `${(100 * figure.right).toFixed(1)} %`];
  });
  const table = block(
    'Pruned, repaired and quantized to int8 in one command',
    ['model', 'MACs allowed', 'MACs', 'judged by', 'right'],
    rows,
  );
  const commands = figures.flatMap((figure) => ('command' in figure ? [`  ${figure.command}`] : []));
  return commands.length === 0 ? table : `${table}\n\n${titled('Commands', commands.join('\n'))}`;
}

/** Whether taking out channels that make no difference makes none. */
export function structureReport(figures: readonly StructureFigure[]): string {
  const rows = figures.map(
    ({ model, dtype, skipped, groups, units, silenced, dead, deadDifference, maskedDifference }): Cell[] =>
      skipped === null
        ? [model, dtype, groups, units, silenced, dead, deadDifference ?? 'none', maskedDifference ?? 'none']
        : [model, dtype, null, null, null, null, skipped, null],
  );
  const titles = ['model', 'numbers', 'groups', 'channels', 'silenced', 'left as dead', 'difference', 'masked ones'];
  return block('Channels that make no difference leave (float32 to 1e-5, integers to the bit)', titles, rows);
}
