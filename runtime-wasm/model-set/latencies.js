// @ts-check
/*
 * What a variant has taken lately, and which variant to run for a deadline.
 */

/**
 * Latencies of one variant: the last ones, of which old ones are forgotten.
 */
export class Latencies {
  /** @type {{ readonly at: number, readonly milliseconds: number }[]} */
  #samples = [];
  #limit;
  #maxAge;

  /** @param {{ readonly limit: number, readonly maxAgeMs: number }} memory */
  constructor({ limit, maxAgeMs }) {
    this.#limit = limit;
    this.#maxAge = maxAgeMs;
  }

  /**
   * @param {number} milliseconds
   * @param {number} at when, in the milliseconds of the clock
   */
  add(milliseconds, at) {
    this.#samples.push({ at, milliseconds });
    if (this.#samples.length > this.#limit) this.#samples.shift();
  }

  /**
   * How many are not too old.
   * @param {number} now
   */
  count(now) {
    return this.#fresh(now).length;
  }

  /**
   * A quantile of those that are not too old, the nearest rank: the least value that at least that share does not exceed. NaN where there is none.
   * @param {number} share above 0, at most 1
   * @param {number} now
   */
  quantile(share, now) {
    const sorted = this.#fresh(now)
      .map(({ milliseconds }) => milliseconds)
      .sort((a, b) => a - b);
    return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  }

  /** @param {number} now */
  #fresh(now) {
    return this.#samples.filter(({ at }) => now - at <= this.#maxAge);
  }
}

/** Fewer latencies than these say nothing about their 95th percentile. */
export const enoughSamples = 5;

/**
 * What is known of a variant. `p95` is NaN where nothing is measured.
 * @typedef {{ readonly name: string, readonly quality: number, readonly p95: number, readonly count: number }} Candidate
 */

/**
 * The variant to run for a deadline: a bandit whose arms are variants, that only explores among those that may still meet the deadline.
 *
 * - A variant that has measured latencies and a 95th percentile beyond the deadline is never taken while another one is known to meet it.
 * - Of those that meet it the best is taken; one of better quality that has not been measured enough is tried first.
 * - Where none is known to meet it, those that have not been measured enough are tried, the worst quality, which is the quickest to expect, first; then the one
 *   of the least 95th percentile is taken.
 * @template {Candidate} C
 * @param {readonly C[]} candidates at least one
 * @param {number} deadlineMs
 * @returns {C}
 */
export function choose(candidates, deadlineMs) {
  const [first] = candidates;
  if (first === undefined) throw new RangeError('a model set has at least one variant');
  /** @param {Candidate} candidate */
  const isOpen = ({ count, p95 }) => count < enoughSamples && !(p95 > deadlineMs);
  const meeting = candidates.filter(({ count, p95 }) => count >= enoughSamples && p95 <= deadlineMs);
  const open = candidates.filter(isOpen);
  /** @param {(candidate: C) => number} of @param {readonly C[]} among */
  const largest = (of, among) => among.reduce((best, one) => (of(one) > of(best) ? one : best));
  if (meeting.length > 0) return largest(({ quality }) => quality, [...meeting, ...open]);
  if (open.length > 0) return largest(({ quality }) => -quality, open);
  return largest(({ p95 }) => -p95, candidates);
}
