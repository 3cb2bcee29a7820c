import { type Histogram, histogramBins } from '../statistics/histogram.ts';
import type { Range } from '../statistics/tensor-statistics.ts';
import type { Observe } from './observer.ts';

/** Share of values outside the range, half of them on each side. */
const clipped = 0.0001;

/** The range between two quantiles; 99.99 % of all values lie in it. */
export const percentile: Observe = ({ histogram, range }) => {
  const inside = quantiles(histogram, clipped / 2);
  return { min: Math.max(range.min, inside.min), max: Math.min(range.max, inside.max) };
};

/** Bounds below and above which at most `share` of the values lie, to the width of a bin. */
export function quantiles(histogram: Histogram, share: number): Range {
  const budget = share * histogram.total;
  const { counts, limit, step } = histogram;
  const edge = (from: number, to: number): number => {
    let outside = 0;
    const direction = Math.sign(to - from);
    for (let i = from; i !== to; i += direction) {
      outside += counts[i] ?? 0;
      if (outside > budget) return i;
    }
    return to;
  };
  const low = edge(0, histogramBins / 2);
  const high = edge(histogramBins - 1, histogramBins / 2 - 1);
  return { min: Math.min(0, -limit + low * step), max: Math.max(0, -limit + (high + 1) * step) };
}
