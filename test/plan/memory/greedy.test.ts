import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { greedySolver } from '../../../converter/plan/memory/greedy.ts';
import { liveSumBound, type OffsetBuffer } from '../../../converter/plan/memory/problem.ts';
import { placementFaults } from '../../../converter/plan/memory/validate.ts';

const buffer = (id: number, size: number, start: number, end: number, alignment = 1): OffsetBuffer => {
  return { id, size, alignment, start, end };
};

const problems: fc.Arbitrary<OffsetBuffer[]> = fc
  .array(
    fc.record({
      size: fc.oneof(fc.nat({ max: 64 }), fc.nat({ max: 2 ** 31 })),
      start: fc.integer({ min: -1, max: 20 }),
      length: fc.integer({ min: 1, max: 8 }),
      alignment: fc.constantFrom(1, 4, 16, 64),
    }),
    { maxLength: 24 },
  )
  .map((list) =>
    list.map(({ size, start, length, alignment }, id) => buffer(id, size, start, start + length, alignment)),
  );

describe('the greedy solver', () => {
  test('gives sound placements, not below the bound, and says so where it meets the bound', () => {
    fc.assert(
      fc.property(problems, (buffers) => {
        const solution = greedySolver(buffers);
        expect(placementFaults(buffers, solution.offsets, solution.height)).toEqual([]);
        expect(solution.lowerBound).toBe(liveSumBound(buffers));
        expect(solution.height).toBeGreaterThanOrEqual(solution.lowerBound);
        expect(solution.optimal).toBe(solution.height === solution.lowerBound);
        const ends = buffers.map(({ id, size }) => (solution.offsets.get(id) ?? 0) + size);
        expect(solution.height).toBe(Math.max(0, ...ends));
        expect(greedySolver([...buffers].reverse())).toEqual(solution);
      }),
      { numRuns: 1000 },
    );
  });

  test('stacks what lives together and shares what does not', () => {
    const together = [buffer(0, 10, 0, 2), buffer(1, 20, 1, 3), buffer(2, 5, 1, 2)];
    expect(greedySolver(together).height).toBe(35);
    const apart = [buffer(0, 10, 0, 1), buffer(1, 20, 1, 2), buffer(2, 5, 2, 3)];
    expect(greedySolver(apart)).toMatchObject({ height: 20, optimal: true });
  });

  test('fills gaps below larger buffers', () => {
    // b lies on a; when a is gone, c fits under b.
    const buffers = [buffer(0, 40, 0, 2), buffer(1, 30, 1, 4), buffer(2, 35, 2, 4)];
    expect(greedySolver(buffers)).toMatchObject({ height: 70, optimal: true });
    expect(greedySolver(buffers).offsets.get(2)).toBe(0);
  });

  test('aligns', () => {
    const { offsets } = greedySolver([buffer(0, 5, 0, 1, 16), buffer(1, 3, 0, 1, 16)]);
    expect(offsets).toEqual(
      new Map([
        [0, 0],
        [1, 16],
      ]),
    );
  });

  test('has nothing to do for no buffers', () => {
    expect(greedySolver([])).toEqual({ offsets: new Map(), height: 0, lowerBound: 0, optimal: true });
  });
});

describe('the bound', () => {
  test('is the largest sum alive at one moment', () => {
    expect(liveSumBound([])).toBe(0);
    expect(liveSumBound([buffer(0, 10, 0, 2), buffer(1, 20, 1, 3), buffer(2, 5, 2, 9)])).toBe(30);
    expect(liveSumBound([buffer(0, 10, -1, 5), buffer(1, 1, 0, 1), buffer(2, 2, 4, 5)])).toBe(12);
  });
});

describe('the validator', () => {
  const buffers = [buffer(0, 10, 0, 2, 4), buffer(1, 20, 1, 3, 4), buffer(2, 8, 2, 3, 4)];
  const faultsOf = (offsets: readonly number[], capacity = 100) =>
    placementFaults(buffers, new Map(offsets.map((offset, id) => [id, offset])), capacity);

  test('accepts a sound placement', () => {
    expect(faultsOf([0, 12, 0], 32)).toEqual([]);
    // Touching in time or place is no overlap.
    expect(
      placementFaults(
        [buffer(0, 4, 0, 1), buffer(1, 4, 1, 2), buffer(2, 4, 0, 2)],
        new Map([
          [0, 0],
          [1, 0],
          [2, 4],
        ]),
        8,
      ),
    ).toEqual([]);
  });

  test.each([
    ['a missing offset', [0, 12], 100, ['buffer 2 has no offset']],
    ['a negative offset', [-4, 12, 0], 100, ['buffer 0 has offset -4']],
    ['a fraction', [0.5, 12, 0], 100, ['buffer 0 has offset 0.5', 'buffer 0 at 0.5 is not aligned to 4']],
    ['a wrong alignment', [0, 14, 0], 100, ['buffer 1 at 14 is not aligned to 4']],
    ['an end beyond the capacity', [0, 12, 0], 31, ['buffer 1 ends at 32, beyond the capacity 31']],
    ['an overlap', [0, 8, 28], 100, ['buffers 0 and 1 overlap in time and place']],
    ['one within the other', [12, 8, 0], 100, ['buffers 0 and 1 overlap in time and place']],
    [
      'several faults',
      [0, 8, 24],
      30,
      [
        'buffers 0 and 1 overlap in time and place',
        'buffer 2 ends at 32, beyond the capacity 30',
        'buffers 1 and 2 overlap in time and place',
      ],
    ],
  ] as const)('finds %s', (_, offsets, capacity, faults) => {
    expect(faultsOf(offsets, capacity)).toEqual(faults);
  });
});
