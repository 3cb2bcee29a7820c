import type { Cell } from '../../cli/output/table.ts';
import { block, mark } from '../report.ts';
import { type ConvertFigure, convertLimits } from './measure.ts';

/** The table of the conversions. Times are shown as parts of the bound: they belong to the machine and the moment. */
export function convertReport(figures: readonly ConvertFigure[]): string {
  const rows = figures.map((figure): Cell[] => {
    if ('skipped' in figure) return [figure.model, figure.to, null, null, null, null, figure.skipped];
    const { model, to, seconds, peakBytes, holds } = figure;
    const memory = percent(peakBytes, convertLimits.peakBytes);
    const time = percent(seconds, convertLimits.seconds);
    return [model, to, Math.round(peakBytes / 1e6), memory, time, mark(holds.time && holds.memory), ''];
  });
  const titles = ['model', 'to', 'peak MB', 'of 1 GB', 'time of 10 s', 'holds', ''];
  return block('Converting: the whole command in a process of its own', titles, rows);
}

function percent(value: number, limit: number): string {
  return `${Math.round((100 * value) / limit)}%`;
}
