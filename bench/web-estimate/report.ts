import type { Cell } from '../../cli/output/table.ts';
import { block } from '../report.ts';
import { quantile } from '../statistics.ts';
import type { WebEstimateFigure } from './measure.ts';

/** What predictions are to stay within, and how many of them. */
export const aim = { error: 0.15, share: 0.9 } as const;

/** A table for each engine, and whether it meets the aim. */
export function webEstimateReport(figures: readonly WebEstimateFigure[]): string {
  if (figures.length === 0) return 'no engine could be measured';
  return figures.map(table).join('\n\n');
}

function table({ host, engine, quality, seconds, models }: WebEstimateFigure): string {
  const rows = models.map(({ id, variant, measuredUs, predictedUs, error, claimed, disturbed }): Cell[] => {
    const mark = Math.abs(error) > aim.error ? 'beyond' : '';
    return [id, variant, us(measuredUs), us(predictedUs), signed(error), percent(claimed), percent(disturbed), mark];
  });
  const titles = ['model', 'code', 'measured us', 'predicted us', 'error', 'claimed', 'disturbed', ''];
  const { layers, rounds, disturbed } = quality;
  const measured = `${layers} layers and ${models.length} codes of models in ${rounds} rounds, ${seconds} s, ${percent(disturbed)} of samples disturbed`;
  return `${block(`${host} (${engine.slice(-60)}): ${measured}`, titles, rows)}\n${summary(models)}`;
}

function summary(models: WebEstimateFigure['models']): string {
  const errors = models.map(({ error }) => Math.abs(error));
  const within = errors.filter((error) => error <= aim.error).length / Math.max(1, errors.length);
  const verdict = within >= aim.share ? 'met' : 'missed';
  const parts = [
    `${percent(within)} of ${errors.length} within ${percent(aim.error)} (aim ${percent(aim.share)}: ${verdict})`,
    `half within ${percent(quantile(errors, 0.5))}`,
    `90 % within ${percent(quantile(errors, 0.9))}`,
    `worst ${percent(quantile(errors, 1))}`,
  ];
  return parts.join('; ');
}

const us = (value: number): string => value.toFixed(value < 10 ? 2 : value < 1000 ? 1 : 0);
const percent = (part: number): string => `${(100 * part).toFixed(part < 0.1 ? 1 : 0)}%`;
const signed = (part: number): string => `${part < 0 ? '' : '+'}${(100 * part).toFixed(1)}%`;
