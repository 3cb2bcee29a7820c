import type { Cell } from '../../cli/output/table.ts';
import { block } from '../report.ts';
import type { Judged, NestedFigure, Sizes } from './measure.ts';

/** Accuracy of each width against a model pruned to its share alone, and what widths cost. */
export function nestedReport(figures: readonly NestedFigure[]): string {
  const percent = (value: number | null) => (value === null ? null : (100 * value).toFixed(1));
  const lost = (alone: Judged, own: Judged) =>
    alone.right === null || own.right === null ? null : (100 * (alone.right - own.right)).toFixed(1);
  const rows = figures.flatMap((figure): Cell[][] => {
    if ('skipped' in figure) return [[figure.id, null, null, null, null, null, null, null, figure.skipped]];
    const { id, judged, whole } = figure;
    const line = (share: number, separate: Judged, nested: Judged, scaled: Judged | null): Cell[] => [
      id,
      share,
      judged,
      percent(separate.macs),
      percent(separate.right),
      percent(nested.macs),
      percent(nested.right),
      lost(separate, nested),
      percent(scaled?.right ?? null),
    ];
    return [
      ...figure.widths.map(({ share, separate, nested, scaled }) => line(share, separate, nested, scaled)),
      line(1, whole.separate, whole.nested, null),
    ];
  });
  const titles = ['model', 'width', 'judged by', 'MACs alone', 'right alone', 'MACs as width', 'right as width'];
  const accuracy = block('Widths on one set of weights, on integers', [...titles, 'points lost', 'with scales'], rows);
  const costs = figures.flatMap((figure): Cell[][] => {
    if ('skipped' in figure) return [];
    const { alone, nested, scaled } = figure.sizes;
    const line = (name: string, own: Sizes): Cell[] => {
      const more = (of: (sizes: Sizes) => number) => `${(100 * (of(own) / of(alone) - 1)).toFixed(1)} %`;
      const [raw, gzip, tables] = [more((of) => of.raw), more((of) => of.gzip), more((of) => of.tables)];
      return [figure.id, name, own.raw, raw, own.gzip, gzip, own.tables, tables, own.wasmArena, own.cArena];
    };
    return [line('whole', alone), line('widths', nested), line('with scales', scaled)];
  });
  const parts = ['model', 'package', 'bundle', 'more', 'compressed', 'more', 'C tables', 'more'];
  return `${accuracy}\n\n${block('What widths add, in bytes', [...parts, 'WASM arena', 'C arena'], costs)}`;
}
