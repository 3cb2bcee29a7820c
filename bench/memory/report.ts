import type { Cell } from '../../cli/output/table.ts';
import { block, mark } from '../report.ts';
import { capacity, type MemoryFigure, secondsLimit } from './measure.ts';

/** The table of the instances, and whether all of them together keep to the bound on time. */
export function memoryReport(figures: readonly MemoryFigure[]): string {
  const rows = figures.map((figure): Cell[] => {
    if ('skipped' in figure) return [figure.instance, null, null, null, null, null, null, null, figure.skipped];
    const { instance, buffers, greedy, height, lowerBound, fits, nodes, seconds } = figure;
    const ratio = (greedy / capacity).toFixed(2);
    return [instance, buffers, ratio, height, lowerBound, mark(fits), nodes, seconds.toFixed(2), ''];
  });
  const titles = ['instance', 'buffers', 'greedy/cap.', 'height', 'bound', 'fits', 'nodes', 's', ''];
  const total = figures.reduce((sum, figure) => sum + ('skipped' in figure ? 0 : figure.seconds), 0);
  const all = figures.every((figure) => !('skipped' in figure) && figure.fits);
  const sum = `all eleven fit within ${capacity} B: ${all ? 'yes' : 'not shown'}; ${total.toFixed(1)} s of ${secondsLimit} s`;
  return `${block('Memory planner: the challenging instances of MiniMalloc', titles, rows)}\n${sum}`;
}
