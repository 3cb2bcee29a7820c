import { durationText } from '../../converter/estimate/duration.ts';
import { formatCount } from '../output/text.ts';
import { isWithinError, type ReadingPair } from './metric-changes.ts';
import { type MetricName, metrics, type Reading, type Unit } from './readings.ts';

/** `latency on nano33ble`, `size of code`. */
export function readingTitle({ metric, label }: Pick<ReadingPair, 'metric' | 'label'>): string {
  const { title } = metrics[metric];
  if (metric === 'latency') return `${title} on ${label}`;
  if (label === null) return title;
  return `size of ${label}${metric === 'gzip' ? ', gzip' : ''}`;
}

/** `4,088 B`, `40.5 ms`, `99.4 % (358 of 360)`. */
export function readingText(reading: Reading | null): string {
  if (reading === null) return 'not known';
  const { metric, value, detail } = reading;
  return `${valueText(value, metric)}${detail === null ? '' : ` (${detail})`}`;
}

/** A value of a metric with its unit. */
export function valueText(value: number, metric: MetricName): string {
  return textOf(value, metrics[metric].unit);
}

function textOf(value: number, unit: Unit): string {
  switch (unit) {
    case 'bytes':
      return `${formatCount(Math.round(value))} B`;
    case 'us':
      return durationText(value);
    case 'count':
      return formatCount(Math.round(value));
    case 'share':
      return `${percentText(100 * value)} %`;
    default:
      return unit satisfies never;
  }
}

/** `+0.30 ms (+14 %), within error`; `unchanged`; empty where one of the reports does not have the number. */
export function changeText(pair: ReadingPair): string {
  const { metric, before, after } = pair;
  if (before === null || after === null) return '';
  const difference = after.value - before.value;
  if (difference === 0) return 'unchanged';
  const sign = difference < 0 ? '-' : '+';
  const unit = metrics[metric].unit;
  if (unit === 'share') return `${sign}${percentText(Math.abs(100 * difference))} points`;
  const error = isWithinError(pair) === true ? ', within error' : '';
  return `${sign}${textOf(Math.abs(difference), unit)}${relativeText(before.value, difference)}${error}`;
}

/** ` (+14 %)`; empty where there was nothing. */
function relativeText(before: number, difference: number): string {
  if (before === 0) return '';
  const percent = (100 * difference) / before;
  return ` (${percent < 0 ? '-' : '+'}${percentText(Math.abs(percent))} %)`;
}

/** Two digits or one after the point, as many as tell something: `0.28`, `14.3`, `120`. */
function percentText(percent: number): string {
  if (percent === 0 || percent >= 100) return Math.round(percent).toString();
  if (percent < 0.01) return percent.toPrecision(1);
  return percent.toFixed(percent < 1 ? 2 : 1);
}
