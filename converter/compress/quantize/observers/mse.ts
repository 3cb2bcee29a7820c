import { type Encoding, encodingOf, fakeQuantize, type IntegerFormat } from '../format.ts';
import { type Histogram, histogramBins } from '../statistics/histogram.ts';
import type { Range } from '../statistics/tensor-statistics.ts';
import type { Observe } from './observer.ts';

/** Steps of each end of the range that are tried, from all of it down to {@link leastShare} of it. */
const steps = 48;
const leastShare = 0.25;

/**
 * The range with the least mean squared error of the values themselves. The ends shrink in turn, each to the best place for the other,
 * until both stay (coordinate descent on the histogram).
 */
export const meanSquaredError: Observe = ({ histogram, range }, format) => {
  const error = (candidate: Range) => quantizationError(histogram, encodingOf(candidate, format), format);
  let best: Range = { min: Math.min(0, range.min), max: Math.max(0, range.max) };
  let least = error(best);
  for (let round = 0; round < 4; round++) {
    const before = least;
    for (const end of ['max', 'min'] as const) {
      const whole = end === 'max' ? Math.max(0, range.max) : Math.min(0, range.min);
      for (let i = 0; i <= steps; i++) {
        const candidate = { ...best, [end]: whole * (1 - ((1 - leastShare) * i) / steps) };
        const found = error(candidate);
        if (found < least) [best, least] = [candidate, found];
      }
    }
    if (least === before) break;
  }
  return best;
};

/** Sum of squared errors of the values in the bins; zeros are exact in every encoding. */
export function quantizationError(histogram: Histogram, encoding: Encoding, format: IntegerFormat): number {
  let sum = 0;
  for (let i = 0; i < histogramBins; i++) {
    const count = histogram.counts[i] ?? 0;
    if (count === 0) continue;
    const value = histogram.centre(i);
    const difference = value - fakeQuantize(value, encoding, format);
    sum += count * difference * difference;
  }
  return sum;
}
