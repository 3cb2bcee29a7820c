import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Figures, Limit } from '../../../../converter/compress/quantize/search/limit.ts';
import {
  type Assignment,
  type SearchTask,
  searchBudget,
  type Unit,
} from '../../../../converter/compress/quantize/search/search.ts';

/** A model whose layers add up: errors take agreement away, bytes are flash. By layer and choice. */
interface Toy {
  readonly harm: readonly (readonly number[])[];
  readonly bytes: readonly (readonly number[])[];
}

const figuresOf = ({ harm, bytes }: Toy, assignment: Assignment): Figures => {
  const sum = (of: Toy['harm']) => of.reduce((total, row, i) => total + (row[assignment[i] ?? 0] ?? 0), 0);
  const flashBytes = sum(bytes);
  return {
    agreement: Math.max(0, 1 - sum(harm)),
    drop: null,
    noise: sum(harm),
    cost: {
      sramBytes: 1,
      flashBytes,
      instructions: null,
      latencies: [],
      largest: { sram: null, flash: 'the large one', latency: null },
      layers: new Map(),
    },
  };
};

function taskOf(toy: Toy, limits: readonly Limit[], start: Assignment, mostPoints = 64): SearchTask {
  const units = toy.harm.map((row, i): Unit => {
    const harm = (choice: number) => row[choice] ?? 0;
    const weight = (choice: number) => (toy.bytes[i]?.[choice] ?? 0) / 100;
    return { name: `layer ${i}`, options: row.map((_, choice) => choice), harm, weight };
  });
  return {
    units,
    start,
    first: { what: 'start', figures: figuresOf(toy, start) },
    limits,
    evaluate: (assignment) => figuresOf(toy, assignment),
    costOf: ({ cost }) => cost.flashBytes,
    names: ['narrow', 'middle', 'wide'],
    mostPoints,
    onPoint: () => {},
  };
}

/** Layers whose wider choices harm less and take more. */
const toys = fc
  .array(fc.tuple(fc.nat(40), fc.nat(20), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })), {
    minLength: 1,
    maxLength: 5,
  })
  .map((rows): Toy => {
    return {
      harm: rows.map(([a, b]) => [(a + b) / 200, b / 200, 0]),
      bytes: rows.map(([, , c, d]) => [10, 10 + c, 10 + c + d]),
    };
  });

const allWide = (toy: Toy) => toy.harm.map(() => 2);
const allNarrow = (toy: Toy) => toy.harm.map(() => 0);

function* everything(count: number): Generator<Assignment> {
  for (let code = 0; code < 3 ** count; code++)
    yield Array.from({ length: count }, (_, i) => Math.floor(code / 3 ** i) % 3);
}

const agreement = (least: number): Limit => ({ kind: 'agreement', least });
const flash = (mostBytes: number): Limit => ({ kind: 'flash', mostBytes });

describe('a search for a budget', () => {
  it('meets every limit on answers that the widest formats meet', () => {
    fc.assert(
      fc.property(toys, fc.integer({ min: 50, max: 100 }), (toy, percent) => {
        const result = searchBudget(taskOf(toy, [agreement(percent / 100)], allNarrow(toy)));
        expect(result.isMet).toBe(figuresOf(toy, allWide(toy)).agreement >= percent / 100 - 1e-9);
        expect(result.best.figures.cost.flashBytes).toBeLessThanOrEqual(figuresOf(toy, allWide(toy)).cost.flashBytes);
      }),
    );
  });

  it('finds what takes hardly more than the cheapest, on average over 300 models', () => {
    const shares = fc
      .sample(fc.tuple(toys, fc.integer({ min: 50, max: 100 })), { numRuns: 300, seed: 1 })
      .flatMap(([toy, percent]) => {
        const limits = [agreement(percent / 100)];
        const result = searchBudget(taskOf(toy, limits, allNarrow(toy)));
        const costs = [...everything(toy.harm.length)]
          .map((assignment) => figuresOf(toy, assignment))
          .filter((figures) => figures.agreement >= percent / 100 - 1e-9)
          .map(({ cost }) => cost.flashBytes);
        return costs.length === 0 ? [] : [result.best.figures.cost.flashBytes / Math.min(...costs)];
      });
    expect(shares.length).toBeGreaterThan(100);
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeLessThan(1.03);
  });

  it('goes down from wide formats until there is room', () => {
    fc.assert(
      fc.property(toys, (toy) => {
        const [most, least] = [allWide(toy), allNarrow(toy)].map((one) => figuresOf(toy, one).cost.flashBytes);
        const limit = Math.floor(((most ?? 0) + (least ?? 0)) / 2);
        const result = searchBudget(taskOf(toy, [flash(limit)], allWide(toy)));
        expect(result.isMet).toBe(true);
        expect(result.best.figures.cost.flashBytes).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('is never worse than its start, makes no more models than it may, and always the same', () => {
    fc.assert(
      fc.property(toys, fc.nat(100), fc.integer({ min: 1, max: 12 }), (toy, bytes, most) => {
        const limits = [agreement(0.99), flash(20 + bytes)];
        const result = searchBudget(taskOf(toy, limits, allNarrow(toy), most));
        expect(result.points.length).toBeLessThanOrEqual(most);
        expect(result.best.missed).toBeLessThanOrEqual(result.points[0]?.missed ?? 0);
        expect(searchBudget(taskOf(toy, limits, allNarrow(toy), most))).toEqual(result);
      }),
    );
  });

  it('looks at one model where that is enough', () => {
    const toy = { harm: [[0.001, 0, 0]], bytes: [[10, 20, 30]] };
    const { points, isMet, obstacles } = searchBudget(taskOf(toy, [agreement(0.99)], [0]));
    expect([points.length, isMet, obstacles]).toEqual([1, true, []]);
  });

  it('goes down below its start while answers stay good enough', () => {
    const toy = {
      harm: [
        [0.004, 0, 0],
        [0.2, 0, 0],
      ],
      bytes: [
        [10, 20, 30],
        [10, 20, 30],
      ],
    };
    const { best } = searchBudget(taskOf(toy, [agreement(0.99)], [1, 1]));
    expect(best.assignment).toEqual([0, 1]);
  });

  it('says what stands in the way', () => {
    const toy = {
      harm: [
        [0.1, 0.1, 0.1],
        [0.3, 0.2, 0.15],
      ],
      bytes: [
        [10, 20, 30],
        [10, 20, 30],
      ],
    };
    const { isMet, obstacles, best } = searchBudget(taskOf(toy, [agreement(0.99), flash(10)], [0, 0]));
    expect(isMet).toBe(false);
    expect(obstacles.map(({ limit, layer }) => [limit, layer])).toEqual([
      ['agreement>=99%', 'layer 1'],
      ['flash<=10', 'the large one'],
    ]);
    expect(best.missed).toBeGreaterThan(0);
  });
});
