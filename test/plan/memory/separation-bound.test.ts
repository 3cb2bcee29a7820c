import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SeparationProblem } from '../../../converter/plan/memory/separation.ts';
import { separationBound } from '../../../converter/plan/memory/separation-bound.ts';
import { components, toSeparationInstance } from '../../../converter/plan/memory/separation-instance.ts';
import { refine } from '../../../converter/plan/memory/separation-refine.ts';

/** Buffers that are all alive together; a few neighbours overlap. */
const crowds: fc.Arbitrary<SeparationProblem> = fc
  .array(
    fc.record({
      size: fc.integer({ min: 1, max: 9 }),
      alignment: fc.constantFrom(1, 2, 4),
      above: fc.nat(30),
      below: fc.nat(30),
    }),
    { minLength: 6, maxLength: 9 },
  )
  .map((list) => ({
    buffers: list.map(({ size, alignment }, id) => ({ id, size, alignment })),
    conflicts: list.flatMap((upper, b) =>
      list.slice(0, b).map((lower, a) => {
        const [above, below] = b === a + 1 && a < 3 ? [upper.above, upper.below] : [99, 99];
        return { a, b, aBelow: Math.min(lower.size, above), bBelow: Math.min(upper.size, below) };
      }),
    ),
    forbidden: [],
    moments: [list.map((_, i) => i)],
  }));

const bounds = (problem: SeparationProblem) => {
  const instance = toSeparationInstance(problem);
  return components(instance, problem.moments).map((component) => separationBound(instance, component));
};

describe('separationBound', () => {
  it('is never above the least height of a crowd, and often meets it', () => {
    let met = 0;
    fc.assert(
      fc.property(crowds, (problem) => {
        const instance = toSeparationInstance(problem);
        const [component] = components(instance, problem.moments);
        if (component === undefined) return;
        const start = Float64Array.from(problem.buffers, ({ id }) => 12 * id);
        const least = refine(instance, component, { order: [], offsets: start, height: 120 }, 0, 0, 3000);
        const bound = separationBound(instance, component);
        expect(bound).toBeLessThanOrEqual(least.height);
        if (bound === least.height) met++;
      }),
      { numRuns: 60 },
    );
    expect(met).toBeGreaterThan(20);
  });

  it('counts in full what keeps clear of everything, and pairs that overlap together', () => {
    const sizes = [64, 32, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16];
    const problem = {
      buffers: sizes.map((size, id) => ({ id, size, alignment: 16 })),
      conflicts: sizes.flatMap((bBelow, b) =>
        sizes.slice(0, b).map((size, a) => ({ a, b, aBelow: a === 0 && b === 1 ? 0 : size, bBelow })),
      ),
      forbidden: [],
      moments: [sizes.map((_, i) => i)],
    };
    expect(bounds(problem)).toEqual([64 + 160]);
  });
});
