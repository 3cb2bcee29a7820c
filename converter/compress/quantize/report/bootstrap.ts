/** A figure with the interval in which it lies with 95 % confidence. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const resamples = 2000;

/**
 * Mean of `values` with the percentile bootstrap (Efron 1979): the 2.5 and 97.5 percentiles of the means of samples drawn from them with
 * replacement. The draws are the same every time.
 */
export function bootstrapMean(values: readonly number[]): Interval {
  const count = values.length;
  const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / Math.max(1, list.length);
  if (count === 0) return { value: 0, low: 0, high: 0 };
  const next = generator(count);
  const means = Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[Math.floor(next() * count)] ?? 0;
    return sum / count;
  }).sort((a, b) => a - b);
  const at = (share: number) => means[Math.min(resamples - 1, Math.floor(share * resamples))] ?? 0;
  return { value: mean(values), low: at(0.025), high: at(0.975) };
}

/** Numbers in [0, 1), the same for a seed, from a 32-bit linear congruential generator (Numerical Recipes, section 7.1), the upper bits of it. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
