/** What is printed of repeated measurements: medians, quantiles and ratios of medians. */

/** A list of samples in short. Same unit as the samples. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
}

/**
 * The quantile `q` in 0..1 of `samples`, interpolated linearly between the order statistics (definition 7 of Hyndman and Fan,
 * Sample Quantiles in Statistical Packages, 1996). NaN for no samples.
 */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

/** The middle sample, or the mean of the two in the middle. NaN for no samples. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

export function summarize(samples: readonly number[]): Summary {
  return {
    count: samples.length,
    median: median(samples),
    p10: quantile(samples, 0.1),
    p90: quantile(samples, 0.9),
  };
}

/** `a / b`; null where either is missing or b is 0, so that no infinite ratio is ever printed. */
export function ratio(a: number | null | undefined, b: number | null | undefined): number | null {
  if (a === null || a === undefined || b === null || b === undefined || b === 0) return null;
  const value = a / b;
  return Number.isFinite(value) ? value : null;
}

/** A ratio to three digits with a sign that it is one: `0.42x`; null stays null. */
export function formatRatio(value: number | null): string | null {
  if (value === null) return null;
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)}x`;
}
