import type { Cell } from '../../cli/output/table.ts';
import { block, titled } from '../report.ts';
import type { PruneFigure } from './measure.ts';

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
