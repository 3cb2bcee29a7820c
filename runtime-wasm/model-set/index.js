// @ts-check
/*
 * Several variants of one model behind one call: the best that meets the deadline runs, equal inputs are computed once, and calls
 * that come close together run together.
 */

import { choose, Latencies } from './latencies.js';
import { ResultCache } from './result-cache.js';

/** @import { TensorArrays } from '../tensors.js' */

/**
 * A variant: a loaded model, in this thread or in a worker, and how good its answers are, as a number of any scale. `batch`: how many calls a run
 * takes, one after the other along the first axis of every tensor; 1 without it.
 * @typedef {{ readonly name: string, readonly quality: number, readonly batch?: number, readonly model: { run(inputs: Readonly<TensorArrays>): TensorArrays | Promise<TensorArrays> } }} ModelVariant
 */

/**
 * @typedef {object} ModelSetOptions
 * @property {readonly ModelVariant[]} variants
 * @property {number} deadlineMs From a call to its result.
 * @property {number} [cacheEntries] Results that are kept; 0, which is usual, for none.
 * @property {number} [maxWindowMs] The longest that a call waits for others to run with; 4 without it.
 * @property {number} [forgetAfterMs] Latencies older than this count no more, so that a variant that was slow is tried again; a minute without it.
 * @property {(metrics: Metrics) => void} [onMetrics] Called after each call.
 * @property {() => number} [now] The clock in milliseconds; `performance.now` without it.
 * @property {(work: () => void, milliseconds: number) => unknown} [later] `setTimeout` without it.
 */

/**
 * What became of a call. `runMs` is that of the whole run that it was part of.
 * @typedef {{ readonly variant: string, readonly isCached: boolean, readonly calls: number, readonly waitedMs: number, readonly runMs: number, readonly totalMs: number, readonly deadlineMs: number, readonly isInTime: boolean }} Metrics
 */

/** @typedef {{ readonly inputs: Readonly<TensorArrays>, readonly deadlineMs: number, readonly at: number, readonly resolve: (outputs: TensorArrays) => void, readonly reject: (reason: unknown) => void }} Call */

/** Of the interval between calls, how much the newest one counts. */
const newestShare = 0.2;

/** The part of the deadline that waiting for others may take. */
const waitingShare = 0.25;

export class ModelSet {
  /** @type {readonly (ModelVariant & { readonly latencies: Latencies })[]} */
  #variants;
  #options;
  #cache;
  /** @type {Call[]} */
  #queue = [];
  #isRunning = false;
  #isWaiting = false;
  /** Milliseconds between calls, lately. */
  #interval = Number.POSITIVE_INFINITY;
  #lastCall = Number.NaN;

  /** @param {ModelSetOptions} options */
  constructor(options) {
    const { variants, deadlineMs, cacheEntries = 0, maxWindowMs = 4, forgetAfterMs = 60_000 } = options;
    if (variants.length === 0) throw new RangeError('a model set has at least one variant');
    if (!(deadlineMs > 0)) throw new RangeError(`deadlineMs: ${deadlineMs} is not above 0`);
    if (new Set(variants.map(({ name }) => name)).size < variants.length) {
      throw new RangeError('two variants have the same name');
    }
    const bad = variants.find(({ batch = 1 }) => !Number.isInteger(batch) || batch < 1);
    if (bad !== undefined)
      throw new RangeError(`variant "${bad.name}": batch ${bad.batch} is not a whole number above 0`);
    const memory = { limit: 64, maxAgeMs: forgetAfterMs };
    this.#variants = variants.map((variant) => ({ ...variant, latencies: new Latencies(memory) }));
    this.#cache = new ResultCache(cacheEntries);
    this.#options = {
      ...{ deadlineMs, maxWindowMs, onMetrics: options.onMetrics ?? (() => {}) },
      now: options.now ?? (() => performance.now()),
      later: options.later ?? ((work, milliseconds) => setTimeout(work, milliseconds)),
    };
  }

  /** What is known of each variant: its measured 95th percentile, NaN where there is none, and of how many runs. */
  get variants() {
    const now = this.#options.now();
    return this.#variants.map(({ name, quality, latencies }) => {
      return { name, quality, p95: latencies.quantile(0.95, now), count: latencies.count(now) };
    });
  }

  /**
   * Runs the best variant that meets the deadline. The inputs must not change until the result is there.
   * @param {Readonly<TensorArrays>} inputs of one call
   * @param {{ readonly deadlineMs?: number }} [options]
   * @returns {Promise<TensorArrays>}
   */
  run(inputs, { deadlineMs = this.#options.deadlineMs } = {}) {
    const at = this.#options.now();
    const since = at - this.#lastCall;
    if (since >= 0) {
      const before = Number.isFinite(this.#interval) ? this.#interval : since;
      this.#interval = before + newestShare * (since - before);
    }
    this.#lastCall = at;
    return new Promise((resolve, reject) => {
      this.#queue.push({ inputs, deadlineMs, at, resolve, reject });
      this.#schedule();
    });
  }

  #schedule() {
    if (this.#isRunning || this.#isWaiting || this.#queue.length === 0) return;
    const milliseconds = this.#window();
    if (milliseconds === 0) return void this.#drain();
    this.#isWaiting = true;
    this.#options.later(() => {
      this.#isWaiting = false;
      void this.#drain();
    }, milliseconds);
  }

  /**
   * How long to wait for more calls: not at all where a run takes one, where it is full already, or where calls come so rarely that no other is to be expected in
   * time; otherwise until the batch is expected to be full, within what the deadline leaves.
   */
  #window() {
    const [first] = this.#queue;
    if (first === undefined) return 0;
    const { batch = 1, latencies } = this.#chosen(first.deadlineMs);
    const missing = batch - this.#queue.length;
    if (missing <= 0) return 0;
    const now = this.#options.now();
    const p95 = latencies.quantile(0.95, now);
    const left = Number.isNaN(p95) ? first.deadlineMs * waitingShare : first.deadlineMs - p95;
    const longest = Math.min(this.#options.maxWindowMs, first.deadlineMs * waitingShare, left - (now - first.at));
    if (!(longest > 0) || this.#interval > longest) return 0;
    return Math.min(longest, missing * this.#interval);
  }

  /** @param {number} deadlineMs */
  #chosen(deadlineMs) {
    const now = this.#options.now();
    const candidates = this.#variants.map((variant) => {
      const { name, quality, latencies } = variant;
      return { name, quality, p95: latencies.quantile(0.95, now), count: latencies.count(now), variant };
    });
    return choose(candidates, deadlineMs).variant;
  }

  async #drain() {
    this.#isRunning = true;
    const [first] = this.#queue;
    if (first !== undefined) {
      const variant = this.#chosen(Math.min(...this.#queue.map(({ deadlineMs }) => deadlineMs)));
      const calls = this.#queue.splice(0, variant.batch ?? 1);
      await this.#runTogether(variant, calls);
    }
    this.#isRunning = false;
    this.#schedule();
  }

  /**
   * @param {ModelVariant & { readonly latencies: Latencies }} variant
   * @param {readonly Call[]} calls
   */
  async #runTogether(variant, calls) {
    const { now } = this.#options;
    const { name, model, latencies, batch = 1 } = variant;
    /** @type {Call[]} */
    const open = [];
    for (const call of calls) {
      const outputs = this.#cache.get(name, call.inputs);
      if (outputs === undefined) open.push(call);
      else this.#answer(call, outputs, { variant: name, isCached: true, calls: 1, startedAt: now(), runMs: 0 });
    }
    if (open.length === 0) return;
    const startedAt = now();
    try {
      const together = batch === 1 ? (open[0]?.inputs ?? {}) : packed(open, batch);
      const outputs = await model.run(together);
      const runMs = now() - startedAt;
      latencies.add(runMs, now());
      open.forEach((call, i) => {
        const own = batch === 1 ? outputs : part(outputs, i, batch);
        this.#cache.set(name, call.inputs, own);
        this.#answer(call, own, { variant: name, isCached: false, calls: open.length, startedAt, runMs });
      });
    } catch (error) {
      for (const { reject } of open) reject(error);
    }
  }

  /**
   * @param {Call} call
   * @param {TensorArrays} outputs
   * @param {{ readonly variant: string, readonly isCached: boolean, readonly calls: number, readonly startedAt: number, readonly runMs: number }} run
   */
  #answer({ at, deadlineMs, resolve }, outputs, { startedAt, ...run }) {
    const totalMs = this.#options.now() - at;
    resolve(outputs);
    this.#options.onMetrics({ ...run, waitedMs: startedAt - at, totalMs, deadlineMs, isInTime: totalMs <= deadlineMs });
  }
}

/**
 * The inputs of several calls one after the other; places of no call are zero.
 * @param {readonly Call[]} calls
 * @param {number} batch
 * @returns {TensorArrays}
 */
function packed(calls, batch) {
  const [first] = calls;
  const names = Object.keys(first?.inputs ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const arrays = calls.map(({ inputs }) => inputs[name]);
      const [sample] = arrays;
      if (sample === undefined) throw new TypeError(`input "${name}" is missing`);
      /** @type {any} */
      const all = new /** @type {any} */ (sample.constructor)(sample.length * batch);
      arrays.forEach((array, i) => {
        if (array?.length !== sample.length)
          throw new RangeError(`input "${name}" has another length in calls that run together`);
        all.set(array, i * sample.length);
      });
      return [name, all];
    }),
  );
}

/**
 * The outputs of one call among several.
 * @param {TensorArrays} outputs
 * @param {number} index
 * @param {number} batch
 * @returns {TensorArrays}
 */
function part(outputs, index, batch) {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, array]) => {
      const length = array.length / batch;
      return [name, array.slice(index * length, (index + 1) * length)];
    }),
  );
}
