/** The middle of a list; NaN for an empty one. Entries that are NaN are left out. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(Array.from(values).filter((value) => !Number.isNaN(value))).sort();
  if (sorted.length === 0) return Number.NaN;
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Median of the distances from the median, times 1.4826: the standard deviation of a normal distribution, whatever a few values are. */
export function spreadAround(values: ArrayLike<number>, centre: number): number {
  return 1.4826 * median(Float64Array.from(Array.from(values), (value) => Math.abs(value - centre)));
}

export function mean(values: ArrayLike<number>): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count === 0 ? Number.NaN : sum / count;
}

export function deviation(values: ArrayLike<number>): number {
  const centre = mean(values);
  return Math.sqrt(mean(Float64Array.from(Array.from(values), (value) => (value - centre) ** 2)));
}
