import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readOffsetCsv } from '../../../converter/plan/memory/csv.ts';
import { exactSolver, solveOffsets } from '../../../converter/plan/memory/exact.ts';
import { greedySolver } from '../../../converter/plan/memory/greedy.ts';
import { liveSumBound, type OffsetBuffer } from '../../../converter/plan/memory/problem.ts';
import { placementFaults } from '../../../converter/plan/memory/validate.ts';
import { readShared, sharedDir, sharedMissing } from '../../support/shared.ts';

const buffer = (id: number, size: number, start: number, end: number, alignment = 1): OffsetBuffer => {
  return { id, size, alignment, start, end };
};

function problems(shape: {
  readonly buffers: number;
  readonly size: number;
  readonly time: number;
  readonly alignments: readonly number[];
}): fc.Arbitrary<OffsetBuffer[]> {
  return fc
    .array(
      fc.record({
        size: fc.nat({ max: shape.size }),
        start: fc.integer({ min: -1, max: shape.time }),
        length: fc.integer({ min: 1, max: Math.ceil(shape.time / 2) }),
        alignment: fc.constantFrom(...shape.alignments),
      }),
      { maxLength: shape.buffers },
    )
    .map((list) =>
      list.map(({ size, start, length, alignment }, id) => buffer(id, size, start, start + length, alignment)),
    );
}

const tiny = problems({ buffers: 6, size: 7, time: 6, alignments: [1] });
/** Crowded enough that the least height is at times above the largest live sum. */
const crowded = problems({ buffers: 8, size: 9, time: 5, alignments: [1] });
const tinyAligned = problems({ buffers: 6, size: 9, time: 6, alignments: [1, 2, 3, 4, 8] });
const middling = problems({ buffers: 40, size: 50, time: 20, alignments: [1] });
const middlingAligned = problems({ buffers: 40, size: 200, time: 20, alignments: [1, 4, 16, 64] });

/** Greedy stacks these one byte too high. */
const bricks = [buffer(0, 2, 2, 3), buffer(1, 2, 1, 3), buffer(2, 3, 0, 2), buffer(3, 2, 2, 3)];

/** At most 15 bytes are alive at one moment, but no placement is lower than 16. */
const raised = [
  buffer(0, 2, 2, 4),
  buffer(1, 4, 3, 5),
  buffer(2, 4, 0, 1),
  buffer(3, 7, 4, 6),
  buffer(4, 3, 2, 5),
  buffer(5, 6, 5, 6),
  buffer(6, 3, 0, 3),
  buffer(7, 7, 0, 3),
];

/**
 * The least height, by brute force: every buffer in every order at the lowest offset where it meets none of those before.
 * The order of the offsets of a lowest placement gives one as low.
 */
function leastHeight(buffers: readonly OffsetBuffer[]): number {
  let least = Number.POSITIVE_INFINITY;
  const place = (placed: readonly (readonly [OffsetBuffer, number])[], rest: readonly OffsetBuffer[]): void => {
    const height = Math.max(0, ...placed.map(([{ size }, offset]) => offset + size));
    if (height >= least) return;
    if (rest.length === 0) least = height;
    for (const next of rest) {
      const alive = placed.filter(([other]) => other.start < next.end && next.start < other.end);
      let offset = 0;
      while (alive.some(([other, at]) => at < offset + next.size && offset < at + other.size)) offset += next.alignment;
      const others = rest.filter((other) => other !== next);
      place([...placed, [next, offset]], others);
    }
  };
  place([], buffers);
  return least;
}

describe('the exact solver', () => {
  for (const [name, arbitrary] of Object.entries({ tiny, tinyAligned, crowded })) {
    test(`finds and proves the least height: ${name}`, () => {
      fc.assert(
        fc.property(arbitrary, (buffers) => {
          const least = leastHeight(buffers.filter(({ size }) => size > 0));
          const solution = solveOffsets(buffers, { nodeBudget: 100_000 });
          expect(solution).toMatchObject({ height: least, lowerBound: least, optimal: true });
          expect(placementFaults(buffers, solution.offsets, least)).toEqual([]);
        }),
        { numRuns: 400 },
      );
    });
  }

  for (const [name, arbitrary] of Object.entries({ middling, middlingAligned })) {
    test(`gives sound placements, never higher than greedy: ${name}`, () => {
      fc.assert(
        fc.property(arbitrary, (buffers) => {
          const solution = solveOffsets(buffers, { nodeBudget: 3000 });
          expect(placementFaults(buffers, solution.offsets, solution.height)).toEqual([]);
          expect(solution.height).toBeLessThanOrEqual(greedySolver(buffers).height);
          expect(solution.lowerBound).toBeLessThanOrEqual(solution.height);
          expect(solution.optimal).toBe(solution.lowerBound === solution.height);
          expect(solution.nodes).toBeLessThanOrEqual(3000);
        }),
        { numRuns: 150 },
      );
    });
  }

  test('is not content with greedy where greedy is too high', () => {
    expect(greedySolver(bricks).height).toBeGreaterThan(leastHeight(bricks));
    expect(exactSolver(bricks)).toMatchObject({ height: leastHeight(bricks), optimal: true });
  });

  test('proves a height above the largest live sum', () => {
    const solution = solveOffsets(raised, { nodeBudget: 1000 });
    expect(liveSumBound(raised)).toBeLessThan(leastHeight(raised));
    expect(solution).toMatchObject({ height: leastHeight(raised), lowerBound: leastHeight(raised), optimal: true });
  });

  test('is deterministic, whatever the order of the buffers', () => {
    fc.assert(
      fc.property(middlingAligned, (buffers) => {
        const solution = solveOffsets(buffers, { nodeBudget: 2000 });
        expect(solveOffsets(buffers, { nodeBudget: 2000 })).toEqual(solution);
        expect(solveOffsets([...buffers].reverse(), { nodeBudget: 2000 })).toMatchObject({
          height: solution.height,
          nodes: solution.nodes,
        });
      }),
      { numRuns: 50 },
    );
  });

  test('has nothing to do for no buffers', () => {
    const nothing = { offsets: new Map(), height: 0, lowerBound: 0, optimal: true, nodes: 0 };
    expect(solveOffsets([], { nodeBudget: 10 })).toEqual(nothing);
    expect(solveOffsets([], { capacity: 0, nodeBudget: 10 })).toEqual(nothing);
  });

  test('gives buffers of no bytes an offset that meets nothing', () => {
    const buffers = [...bricks, buffer(100, 0, 0, 9, 64), buffer(101, 0, 3, 4)];
    const { offsets, height } = solveOffsets(buffers, { nodeBudget: 1000 });
    expect(placementFaults(buffers, offsets, height)).toEqual([]);
    expect(solveOffsets([buffer(0, 0, 0, 1, 8)], { nodeBudget: 1 })).toMatchObject({ height: 0, optimal: true });
  });

  test('stacks what lives at one moment and shares what never meets', () => {
    const sizes = [3, 9, 1, 7, 5];
    const stack = sizes.map((size, id) => buffer(id, size, 4, 5));
    expect(solveOffsets(stack, { nodeBudget: 100 })).toMatchObject({ height: 25, optimal: true });
    const apart = sizes.map((size, id) => buffer(id, size, id, id + 1));
    const shared = solveOffsets(apart, { nodeBudget: 100 });
    expect(shared).toMatchObject({ height: 9, optimal: true });
    expect([...shared.offsets.values()]).toEqual([0, 0, 0, 0, 0]);
  });

  test('counts padding in the bound, but for the buffer on top', () => {
    const buffers = [buffer(0, 5, 0, 1, 16), buffer(1, 3, 0, 1, 16), buffer(2, 18, 0, 1, 16)];
    expect(solveOffsets(buffers, { nodeBudget: 100 })).toMatchObject({ height: 50, lowerBound: 50, optimal: true });
  });

  test('leaves sizes beyond 32 bits to greedy', () => {
    const buffers = bricks.map((brick) => ({ ...brick, size: brick.size * 2 ** 30 }));
    const { height } = greedySolver(buffers);
    expect(solveOffsets(buffers, { nodeBudget: 1000 })).toMatchObject({ height, optimal: false, nodes: 0 });
  });

  test('refuses what is not a buffer', () => {
    const solve = (wrong: OffsetBuffer) => () => solveOffsets([wrong], { nodeBudget: 1 });
    expect(solve(buffer(0, 1, 2, 2))).toThrow('internal: buffer 0 lives from 2 to 2');
    expect(solve(buffer(7, 1.5, 0, 1))).toThrow('internal: buffer 7 has 1.5 bytes');
    expect(solve(buffer(7, 1, 0, 1, 0))).toThrow('internal: buffer 7 has alignment 0');
  });
});

describe('with a capacity', () => {
  test('stops at the first placement that fits', () => {
    const least = leastHeight(bricks);
    const { height } = greedySolver(bricks);
    expect(solveOffsets(bricks, { capacity: height, nodeBudget: 1000 })).toMatchObject({ height, nodes: 0 });
    expect(solveOffsets(bricks, { capacity: least, nodeBudget: 1000 }).height).toBe(least);
  });

  test('proves that nothing fits, or says that it is not decided', () => {
    fc.assert(
      fc.property(tinyAligned, fc.integer({ min: 0, max: 60 }), (buffers, capacity) => {
        const least = leastHeight(buffers.filter(({ size }) => size > 0));
        const { height, lowerBound, offsets } = solveOffsets(buffers, { capacity, nodeBudget: 100_000 });
        expect(placementFaults(buffers, offsets, height)).toEqual([]);
        expect(height <= capacity).toBe(least <= capacity);
        expect(lowerBound > capacity).toBe(least > capacity);
        expect(lowerBound).toBeLessThanOrEqual(least);
      }),
      { numRuns: 300 },
    );
    const undecided = solveOffsets(raised, { capacity: leastHeight(raised) - 1, nodeBudget: 1 });
    expect(undecided.lowerBound).toBeLessThan(leastHeight(raised));
    expect(undecided.optimal).toBe(false);
  });
});

/** Of all eleven instances. */
const capacity = 1_048_576;

const suite = existsSync(`${sharedDir}datasets/minimalloc`);
if (!suite) console.warn(sharedMissing);

describe.skipIf(!suite)('the challenging instances of MiniMalloc', () => {
  const read = (name: string) =>
    readOffsetCsv(new TextDecoder().decode(readShared(`datasets/minimalloc/${name}.csv`)), name).buffers;

  // Heights that are proved least: the largest sum alive at one moment.
  test.each([
    ['A', capacity, 20_000],
    ['B', capacity, 20_000],
    ['C', 1_039_360, 20_000],
    ['E', capacity, 200_000],
  ])('places %s as low as possible', (name, height, nodeBudget) => {
    const buffers = read(`${name}.${capacity}`);
    expect(greedySolver(buffers).height).toBeGreaterThan(1.2 * capacity);
    const solution = solveOffsets(buffers, { nodeBudget });
    expect(placementFaults(buffers, solution.offsets, height)).toEqual([]);
    expect(solution).toMatchObject({ height, lowerBound: height, optimal: true });
  });

  const present = [...'ABCDEFGHIJK'].filter((name) =>
    existsSync(`${sharedDir}datasets/minimalloc/${name}.${capacity}.csv`),
  );

  test.each(present)('places %s within the capacity', (name) => {
    const buffers = read(`${name}.${capacity}`);
    const { offsets } = solveOffsets(buffers, { capacity, nodeBudget: 100_000 });
    expect(placementFaults(buffers, offsets, capacity)).toEqual([]);
  });

  test('places the example of its README', () => {
    const buffers = read('input.12');
    expect(exactSolver(buffers)).toMatchObject({ height: 12, lowerBound: 12, optimal: true });
  });
});
