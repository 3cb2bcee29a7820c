import type { Cell } from '../../cli/output/table.ts';
import { block } from '../report.ts';
import type { LayersFigure } from './measure.ts';

/** The tables of the section: each step with its share of the bare multiplications. */
export function layersReport(figures: readonly LayersFigure[]): string {
  return figures.map(tableOf).join('\n\n');
}

function tableOf({ id, variant, roofGmacs, layers }: LayersFigure): string {
  const rows = layers.map(({ name, macs, us, share }): Cell[] => {
    return [name, macs, us.toFixed(2), share === null ? null : `${(100 * share).toFixed(0)}%`];
  });
  const total = layers.reduce((sum, { us }) => sum + us, 0);
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  rows.push(['all', macs, total.toFixed(2), `${((100 * macs) / total / 1e3 / roofGmacs).toFixed(0)}%`]);
  const title = `${id}, ${variant}: µs of each step by itself, and its share of the ${roofGmacs.toFixed(1)} GMAC/s of the bare instruction`;
  return block(title, ['step', 'MACs', 'µs', 'share'], rows);
}
