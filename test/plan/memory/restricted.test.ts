import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { solveOffsets } from '../../../converter/plan/memory/exact.ts';
import { greedySolver } from '../../../converter/plan/memory/greedy.ts';
import type { OffsetBuffer } from '../../../converter/plan/memory/problem.ts';
import { toSeparations } from '../../../converter/plan/memory/restricted.ts';
import { solveSeparations } from '../../../converter/plan/memory/separation.ts';
import { placementFaults } from '../../../converter/plan/memory/validate.ts';
import { leastHeight } from '../../support/separations.ts';

const rectangles = fc
  .array(
    fc.record({
      size: fc.nat(6),
      alignment: fc.constantFrom(1, 2, 4),
      start: fc.nat(5),
      length: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 5 },
  )
  .map((list): OffsetBuffer[] =>
    list.map(({ size, alignment, start, length }, id) => ({ id, size, alignment, start, end: start + length })),
  );

const ranges = fc.array(
  fc
    .record({ from: fc.nat(12), length: fc.integer({ min: 1, max: 3 }) })
    .map(({ from, length }) => ({ from, to: from + length })),
  { minLength: 1, maxLength: 2 },
);

describe('solveOffsets with restrictions', () => {
  test('keeps clear of forbidden ranges, as low as trying every offset', () => {
    fc.assert(
      fc.property(rectangles, ranges, (buffers, forbidden) => {
        const { offsets, height, lowerBound } = solveOffsets(buffers, { nodeBudget: 1000, forbidden });
        expect(placementFaults(buffers, offsets, height, forbidden)).toEqual([]);
        expect(height).toBe(leastHeight(toSeparations(buffers, forbidden), height + 1));
        expect(lowerBound).toBeLessThanOrEqual(height);
      }),
      { numRuns: 300 },
    );
  });

  test('keeps a fixed buffer in its place, also in greedy placement', () => {
    fc.assert(
      fc.property(rectangles, fc.nat(4), (free, place) => {
        const buffers = free.map((buffer, i) => (i === 0 ? { ...buffer, fixed: 4 * place } : buffer));
        const { offsets, height } = solveOffsets(buffers, { nodeBudget: 1000 });
        expect(placementFaults(buffers, offsets, height)).toEqual([]);
        expect(height).toBe(leastHeight(toSeparations(buffers), height + 1));
        const greedy = greedySolver(buffers);
        expect(placementFaults(buffers, greedy.offsets, greedy.height)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('agrees with the rectangular search where there are none', () => {
    fc.assert(
      fc.property(rectangles, (buffers) => {
        const separated = solveSeparations(toSeparations(buffers));
        expect(separated.height).toBe(solveOffsets(buffers, { nodeBudget: 10_000 }).height);
        expect(placementFaults(buffers, separated.offsets, separated.height)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('the judge finds a buffer that is not where it is fixed, and one in a forbidden range', () => {
    const buffers = [{ id: 3, size: 4, alignment: 1, start: 0, end: 1, fixed: 8 }];
    expect(placementFaults(buffers, new Map([[3, 4]]), 100)).toHaveLength(1);
    expect(placementFaults(buffers, new Map([[3, 8]]), 100, [{ from: 11, to: 12 }])).toHaveLength(1);
    expect(placementFaults(buffers, new Map([[3, 8]]), 100, [{ from: 12, to: 13 }])).toEqual([]);
  });

  test('stops at a capacity that is enough', () => {
    const buffers = [0, 1, 2].map((id) => ({ id, size: 4, alignment: 1, start: 0, end: 1 }));
    const forbidden = [{ from: 2, to: 3 }];
    expect(solveOffsets(buffers, { nodeBudget: 100, forbidden, capacity: 20 }).height).toBeLessThanOrEqual(20);
    expect(solveOffsets(buffers, { nodeBudget: 100, forbidden, capacity: 14 }).lowerBound).toBe(15);
  });
});
