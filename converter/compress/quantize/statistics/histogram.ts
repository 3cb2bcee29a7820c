/** Bins of a histogram; even, so that zero lies between two of them. */
export const histogramBins = 4096;

/**
 * Counts of values in equal bins over [-limit, limit). The limit doubles when a value lies outside, and neighbouring bins merge, so that
 * any stream of values fits in a fixed amount of memory and the result does not depend on how the stream is cut.
 */
export class Histogram {
  /** A power of two times the first limit; 0 until a value other than 0 was seen. */
  #limit = 0;
  #counts = new Float64Array(histogramBins);
  #zeros = 0;
  #total = 0;

  /** A histogram that was kept: its limit, the counts of its bins, and the zeros, which are in no bin. */
  static of(limit: number, counts: Float64Array, zeros: number): Histogram {
    const histogram = new Histogram();
    histogram.#limit = limit;
    histogram.#counts = Float64Array.from(counts);
    histogram.#zeros = zeros;
    histogram.#total = counts.reduce((a, b) => a + b, zeros);
    return histogram;
  }

  /** Values that are not finite are left out. */
  add(values: ArrayLike<number>): void {
    let [total, zeros, limit, counts] = [0, 0, this.#limit, this.#counts];
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      if (value === 0) {
        zeros++;
        continue;
      }
      const size = Math.abs(value);
      if (!(size < Number.POSITIVE_INFINITY)) continue;
      total++;
      if (size >= limit) {
        this.#widen(size);
        [limit, counts] = [this.#limit, this.#counts];
      }
      const bin = Math.floor(((value + limit) * histogramBins) / (2 * limit));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    this.#total += total + zeros;
    this.#zeros += zeros;
  }

  /** Finite values seen. */
  get total(): number {
    return this.#total;
  }

  /** Values that are exactly 0, which every quantization keeps. They are in no bin. */
  get zeros(): number {
    return this.#zeros;
  }

  /** Largest size that the bins hold; 0 where nothing but zeros was seen. */
  get limit(): number {
    return this.#limit;
  }

  /** Width of a bin. */
  get step(): number {
    return (2 * this.#limit) / histogramBins;
  }

  /** Counts of the bins; bin i holds [-limit + i * step, -limit + (i + 1) * step). */
  get counts(): Float64Array {
    return this.#counts;
  }

  /** Middle of bin `i`. */
  centre(i: number): number {
    return -this.#limit + (i + 0.5) * this.step;
  }

  #widen(size: number): void {
    if (this.#limit === 0) {
      // The power of two above the first value, so that the bins do not depend on the order of values.
      this.#limit = 2 ** (Math.floor(Math.log2(size)) + 1);
      while (this.#limit <= size) this.#limit *= 2;
      return;
    }
    while (size >= this.#limit) {
      const merged = new Float64Array(histogramBins);
      for (let i = 0; i < histogramBins; i++) {
        const to = histogramBins / 4 + Math.floor(i / 2);
        merged[to] = (merged[to] ?? 0) + (this.#counts[i] ?? 0);
      }
      this.#counts = merged;
      this.#limit *= 2;
    }
  }
}
