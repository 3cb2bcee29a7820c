import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quickHeight, type SeparationProblem, solveSeparations } from '../../../converter/plan/memory/separation.ts';
import { validateSeparations } from '../../../converter/plan/memory/separation-validate.ts';

/** Small problems with overlaps, alignments and forbidden ranges; some pairs may lie exactly in place. */
const smallProblem: fc.Arbitrary<SeparationProblem> = fc
  .integer({ min: 1, max: 5 })
  .chain((count) =>
    fc.record({
      buffers: fc.array(fc.record({ size: fc.nat(6), alignment: fc.constantFrom(1, 1, 2, 3, 4) }), {
        minLength: count,
        maxLength: count,
      }),
      pairs: fc.array(fc.record({ isFree: fc.nat(3), under: fc.nat(10), over: fc.nat(10) }), {
        minLength: (count * (count - 1)) / 2,
        maxLength: (count * (count - 1)) / 2,
      }),
      forbidden: fc.array(
        fc.record({ from: fc.nat(12), length: fc.nat(3) }).map(({ from, length }) => ({ from, to: from + length })),
        { maxLength: 2 },
      ),
      fixed: fc.option(fc.nat(8), { nil: null, freq: 2 }),
    }),
  )
  .map(({ buffers, pairs, forbidden, fixed }) => {
    const conflicts: { a: number; b: number; aBelow: number; bBelow: number }[] = [];
    for (let b = 0, k = 0; b < buffers.length; b++) {
      for (let a = 0; a < b; a++, k++) {
        const pair = pairs[k];
        if (pair === undefined || pair.isFree === 0) continue;
        const [sizeA, sizeB] = [buffers[a]?.size ?? 0, buffers[b]?.size ?? 0];
        conflicts.push({ a, b, aBelow: Math.min(pair.under, sizeA), bBelow: Math.min(pair.over, sizeB) });
      }
    }
    return {
      buffers: buffers.map(({ size, alignment }, id) => {
        const at = (fixed ?? 0) - ((fixed ?? 0) % alignment);
        const isClear = forbidden.every(({ from, to }) => at + size <= from || to <= at);
        return id === 0 && fixed !== null && isClear ? { id, size, alignment, fixed: at } : { id, size, alignment };
      }),
      conflicts,
      forbidden,
      moments: cliques(buffers.length, conflicts),
    };
  });

/** Every set of buffers of which all pairs are in conflict. */
function cliques(count: number, conflicts: SeparationProblem['conflicts']): number[][] {
  const meets = (i: number, j: number) => conflicts.some(({ a, b }) => a === Math.min(i, j) && b === Math.max(i, j));
  return Array.from({ length: 2 ** count }, (_, bits) =>
    Array.from({ length: count }, (_, i) => i).filter((i) => (bits & (1 << i)) !== 0),
  ).filter((set) => set.every((i) => set.every((j) => i === j || meets(i, j))));
}

/** The least height, by trying every offset of every buffer below `limit`. */
function leastHeight({ buffers, conflicts, forbidden }: SeparationProblem, limit: number): number {
  let best = limit;
  const at: number[] = [];
  const place = (i: number, height: number) => {
    const buffer = buffers[i];
    if (buffer === undefined) {
      best = height;
      return;
    }
    for (let offset = 0; offset + buffer.size < best; offset += buffer.alignment) {
      const end = offset + buffer.size;
      if (buffer.fixed !== undefined && offset !== buffer.fixed) continue;
      if (buffer.size > 0 && forbidden.some(({ from, to }) => Math.max(from, offset) < Math.min(to, end))) continue;
      const isClear = conflicts.every(({ a, b, aBelow, bBelow }) => {
        if (b !== i) return true;
        const distance = offset - (at[a] ?? 0);
        return distance >= aBelow || distance <= -bBelow;
      });
      if (!isClear) continue;
      at[i] = offset;
      place(i + 1, Math.max(height, end));
    }
  };
  place(0, 0);
  return best;
}

describe('solveSeparations', () => {
  it('is as low as trying every offset, and its bound is never above that', () => {
    fc.assert(
      fc.property(smallProblem, (problem) => {
        const solution = solveSeparations(problem);
        const quick = quickHeight(problem);
        expect(validateSeparations(problem, solution.offsets, solution.height)).toEqual([]);
        expect(validateSeparations(problem, quick.offsets, quick.height)).toEqual([]);
        const least = leastHeight(problem, quick.height + 1);
        expect(solution.lowerBound).toBeLessThanOrEqual(least);
        expect(quick.lowerBound).toBeLessThanOrEqual(least);
        if (solution.isOptimal) expect(solution.height).toBe(least);
      }),
      { numRuns: 1000 },
    );
  });
});
