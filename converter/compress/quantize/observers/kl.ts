import { encodingOf, rangeOf } from '../format.ts';
import { type Histogram, histogramBins } from '../statistics/histogram.ts';
import type { Range } from '../statistics/tensor-statistics.ts';
import type { Observe } from './observer.ts';

/** Thresholds that are tried, evenly between {@link leastShare} of what was seen and all of it. */
const candidates = 48;
const leastShare = 0.02;

/**
 * The range whose 256 levels keep the distribution of values best: least Kullback-Leibler divergence between the histogram, its tails
 * moved to the ends, and the histogram at the resolution of the levels (Migacz 2017, "8-bit inference with TensorRT"). A threshold limits
 * the size of values on both sides. int16 has levels enough for everything.
 */
export const kullbackLeibler: Observe = ({ histogram, range }, format) => {
  if (format === 'int16' || histogram.total === histogram.zeros) return range;
  const largest = Math.max(Math.abs(range.min), Math.abs(range.max));
  let best = range;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= candidates; i++) {
    const threshold = largest * (1 - ((1 - leastShare) * i) / candidates);
    const candidate = { min: Math.max(range.min, -threshold), max: Math.min(range.max, threshold) };
    const found = divergence(histogram, candidate);
    if (found < least) [best, least] = [candidate, found];
  }
  return best;
};

function divergence(histogram: Histogram, candidate: Range): number {
  const encoding = encodingOf(candidate, 'int8');
  const { min, max } = rangeOf(encoding, 'int8');
  const clippedCounts = new Float64Array(histogramBins);
  const levelOf = new Int16Array(histogramBins);
  const [first, last] = [min, max].map((value) => binOf(histogram, value));
  for (let i = 0; i < histogramBins; i++) {
    const count = histogram.counts[i] ?? 0;
    const to = Math.max(first ?? 0, Math.min(last ?? 0, i));
    clippedCounts[to] = (clippedCounts[to] ?? 0) + count;
    levelOf[i] = Math.max(0, Math.min(255, Math.round((histogram.centre(i) - min) / encoding.scale)));
  }
  // Within a level, the quantized distribution is even over the bins in which anything was seen.
  const [sums, filled] = [new Float64Array(256), new Float64Array(256)];
  let total = 0;
  for (let i = first ?? 0; i <= (last ?? 0); i++) {
    const level = levelOf[i] ?? 0;
    const seen = histogram.counts[i] ?? 0;
    sums[level] = (sums[level] ?? 0) + seen;
    if ((clippedCounts[i] ?? 0) > 0) filled[level] = (filled[level] ?? 0) + 1;
    total += seen;
  }
  if (total === 0) return Number.POSITIVE_INFINITY;
  const all = histogram.total - histogram.zeros;
  let sum = 0;
  for (let i = first ?? 0; i <= (last ?? 0); i++) {
    const p = (clippedCounts[i] ?? 0) / all;
    if (p === 0) continue;
    const level = levelOf[i] ?? 0;
    const q = (sums[level] ?? 0) / (filled[level] ?? 1) / total;
    sum += q === 0 ? p * 20 : p * Math.log(p / q);
  }
  return sum;
}

function binOf(histogram: Histogram, value: number): number {
  return Math.max(0, Math.min(histogramBins - 1, Math.floor((value + histogram.limit) / histogram.step)));
}
