import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelSet } from '../../../runtime-wasm/model-set/index.js';
import { type Candidate, choose, enoughSamples, Latencies } from '../../../runtime-wasm/model-set/latencies.js';

type Options = ConstructorParameters<typeof ModelSet>[0];
type Metrics = Parameters<NonNullable<Options['onMetrics']>>[0];

/** A clock that stands still but for what models take, and waiting that is done by hand. */
function laboratory(milliseconds: { readonly [variant: string]: () => number }, more: Partial<Options> = {}) {
  let time = 0;
  const waiting: { readonly work: () => void; readonly at: number }[] = [];
  const metrics: Metrics[] = [];
  const runs: { readonly variant: string; readonly x: readonly number[] }[] = [];
  const variants = Object.entries(milliseconds).map(([name, latency], i, { length }) => ({
    name,
    quality: length - i,
    model: {
      run({ x }: { readonly [name: string]: ArrayLike<number | bigint> }) {
        time += latency();
        runs.push({ variant: name, x: Array.from(x ?? [], Number) });
        return { y: Float32Array.from(x ?? [], (value) => Number(value) * 10) };
      },
    },
  }));
  const set = new ModelSet({
    ...{ variants, deadlineMs: 20, now: () => time },
    later: (work, delay) => waiting.push({ work, at: time + delay }),
    onMetrics: (one) => metrics.push(one),
    ...more,
  });
  /** Lets what waits happen, in its order. */
  const settle = async () => {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = waiting.sort((a, b) => a.at - b.at).shift();
      if (next === undefined) return;
      time = Math.max(time, next.at);
      next.work();
    }
  };
  return { set, metrics, runs, settle, pass: (delay: number) => (time += delay), variants };
}

const input = (...x: number[]) => ({ x: Float32Array.from(x) });

describe('the variant that runs', () => {
  test('is the best that meets the deadline, and a slow one is left alone', async () => {
    const { set, metrics } = laboratory({ full: () => 30, half: () => 10, quarter: () => 2 });
    for (let i = 0; i < 40; i++) await set.run(input(i));
    const names = metrics.map(({ variant }) => variant);
    expect(names.filter((name) => name === 'full').length).toBeLessThanOrEqual(1);
    expect(new Set(names.slice(-20))).toEqual(new Set(['half']));
    expect(metrics.slice(-20).every(({ isInTime }) => isInTime)).toBe(true);
  });

  test('changes when a variant becomes slow, and is tried again after a while', async () => {
    let slow = 0;
    const { set, metrics, pass } = laboratory({ full: () => 5 + slow, half: () => 2 }, { forgetAfterMs: 1000 });
    const last = () => metrics.at(-1)?.variant;
    for (let i = 0; i < 20; i++) await set.run(input(i));
    expect(last()).toBe('full');
    slow = 50;
    for (let i = 0; i < 12; i++) await set.run(input(i));
    expect(last()).toBe('half');
    slow = 0;
    pass(2000);
    for (let i = 0; i < 20; i++) await set.run(input(i));
    expect(last()).toBe('full');
  });

  test('follows the deadline of a call', async () => {
    const { set, metrics } = laboratory({ full: () => 15, half: () => 3 });
    for (let i = 0; i < 20; i++) await set.run(input(i));
    await set.run(input(1), { deadlineMs: 8 });
    expect(metrics.at(-1)).toMatchObject({ variant: 'half', deadlineMs: 8, isInTime: true });
  });

  test('is never one that missed the deadline while another meets it', () => {
    const candidate = fc.record({
      name: fc.string(),
      quality: fc.integer({ min: 0, max: 9 }),
      p95: fc.oneof(fc.constant(Number.NaN), fc.double({ min: 0, max: 100, noNaN: true })),
      count: fc.nat(20),
    });
    const known = ({ count, p95, ...rest }: Candidate) => ({
      ...rest,
      count,
      p95: count === 0 ? Number.NaN : Number.isNaN(p95) ? 1 : p95,
    });
    fc.assert(
      fc.property(
        fc.array(candidate, { minLength: 1, maxLength: 5 }),
        fc.double({ min: 1, max: 100, noNaN: true }),
        (all, deadline) => {
          const candidates = all.map(known);
          const chosen = choose(candidates, deadline);
          const meets = candidates.some(({ p95, count }) => count >= enoughSamples && p95 <= deadline);
          if (meets) expect(chosen.p95 > deadline).toBe(false);
          const best = candidates
            .filter(({ p95, count }) => count >= enoughSamples && p95 <= deadline)
            .map(({ quality }) => quality);
          if (meets) expect(chosen.quality).toBeGreaterThanOrEqual(Math.max(...best));
        },
      ),
    );
  });

  test('is the quickest where none is in time', async () => {
    const { set, metrics } = laboratory({ full: () => 90, half: () => 40 });
    for (let i = 0; i < 20; i++) await set.run(input(i));
    expect(metrics.at(-1)).toMatchObject({ variant: 'half', isInTime: false });
  });
});

describe('equal inputs', () => {
  test('are computed once, and a result is the caller’s own', async () => {
    const { set, runs, metrics } = laboratory({ full: () => 3 }, { cacheEntries: 2 });
    const first = await set.run(input(1, 2));
    first.y?.fill(0 as never);
    expect(await set.run(input(1, 2))).toEqual({ y: Float32Array.of(10, 20) });
    expect(runs).toHaveLength(1);
    expect(metrics.map(({ isCached }) => isCached)).toEqual([false, true]);
    await set.run(input(3, 4));
    await set.run(input(5, 6));
    await set.run(input(1, 2));
    expect(runs).toHaveLength(4);
  });

  test('are those of all bytes: 0 and -0 differ', async () => {
    const { set, runs } = laboratory({ full: () => 3 }, { cacheEntries: 8 });
    await set.run(input(0));
    await set.run(input(-0));
    expect(runs).toHaveLength(2);
  });
});

describe('calls that come close together', () => {
  test('run together, each with its own result', async () => {
    const { set, runs, metrics, settle, pass } = batchedLaboratory();
    const results: Promise<unknown>[] = [];
    for (let i = 0; i < 8; i++) {
      results.push(set.run(input(i)));
      pass(0.5);
    }
    await settle();
    expect(await Promise.all(results)).toEqual(Array.from({ length: 8 }, (_, i) => ({ y: Float32Array.of(i * 10) })));
    expect(runs.length).toBeLessThan(8);
    expect(Math.max(...metrics.map(({ calls }) => calls))).toBeGreaterThan(1);
  });

  test('do not wait where calls are rare', async () => {
    const { set, metrics, settle, pass } = batchedLaboratory();
    for (let i = 0; i < 4; i++) {
      const result = set.run(input(i));
      await settle();
      await result;
      pass(500);
    }
    expect(metrics.slice(1).every(({ waitedMs }) => waitedMs === 0)).toBe(true);
  });

  function batchedLaboratory() {
    const holder: { runs: { variant: string; x: readonly number[] }[] } = { runs: [] };
    const model = {
      run({ x }: { readonly [name: string]: ArrayLike<number | bigint> }) {
        holder.runs.push({ variant: 'full', x: Array.from(x ?? [], Number) });
        return { y: Float32Array.from(x ?? [], (value) => Number(value) * 10) };
      },
    };
    const made = laboratory({}, { variants: [{ name: 'full', quality: 1, batch: 4, model }] });
    return { ...made, runs: holder.runs };
  }
});

test('an error of a model is that of its calls, and later calls run', async () => {
  let fails = true;
  const model = {
    run() {
      if (fails) throw new Error('out of luck');
      return { y: Float32Array.of(1) };
    },
  };
  const set = new ModelSet({ variants: [{ name: 'only', quality: 1, model }], deadlineMs: 5 });
  await expect(set.run(input(1))).rejects.toThrow('out of luck');
  fails = false;
  expect(await set.run(input(1))).toEqual({ y: Float32Array.of(1) });
  expect(set.variants).toMatchObject([{ name: 'only', quality: 1, count: 1 }]);
});

test.each([
  [{ variants: [] }, 'a model set has at least one variant'],
  [{ deadlineMs: 0 }, 'deadlineMs: 0 is not above 0'],
  [{ deadlineMs: Number.NaN }, 'deadlineMs: NaN is not above 0'],
])('%o is refused', (choice, message) => {
  const model = { run: () => ({}) };
  const options = { variants: [{ name: 'a', quality: 1, model }], deadlineMs: 5, ...choice };
  expect(() => new ModelSet(options)).toThrow(message);
});

test('a quantile is the least value that its share does not exceed', () => {
  const latencies = new Latencies({ limit: 20, maxAgeMs: 100 });
  expect(latencies.quantile(0.95, 0)).toBeNaN();
  for (let i = 1; i <= 20; i++) latencies.add(i, i);
  expect(latencies.quantile(0.95, 20)).toBe(19);
  expect(latencies.quantile(0.5, 20)).toBe(10);
  expect(latencies.count(110)).toBe(11);
});
