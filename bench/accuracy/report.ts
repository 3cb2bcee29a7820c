import type { Cell } from '../../cli/output/table.ts';
import { block, mark, titled } from '../report.ts';
import type { AccuracyFigure } from './measure.ts';

/** Our counts beside those of the reference runtime, then the commands that print them. */
export function accuracyReport(figures: readonly AccuracyFigure[], on: string): string {
  const rows = figures.map((figure): Cell[] => {
    const { id, rounding, anchor } = figure;
    const reference = anchor === null ? null : score(anchor.right, anchor.of, anchor.top5 ?? null);
    if ('skipped' in figure) return [id, rounding, null, reference, null, figure.skipped];
    const { right, of, top5 } = figure;
    const isEqual = anchor === null ? null : right === anchor.right && (anchor.top5 ?? top5) === top5;
    return [id, rounding, score(right, of, top5), reference, mark(isEqual), ''];
  });
  const titles = ['model', 'rounding', `ours, on ${on}`, 'reference runtime', 'equal', ''];
  const commands = figures.flatMap((figure) => ('command' in figure ? [`  ${figure.command}`] : []));
  const table = block('Right answers (top five in brackets)', titles, rows);
  return commands.length === 0 ? table : `${table}\n\n${titled('Commands', commands.join('\n'))}`;
}

function score(right: number, of: number, top5: number | null): string {
  return `${right}${top5 === null ? '' : ` (${top5})`} / ${of}`;
}
