import { describe, expect, it } from 'vitest';
import { type SeparationProblem, solveSeparations } from '../../../converter/plan/memory/separation.ts';
import { validateSeparations } from '../../../converter/plan/memory/separation-validate.ts';
import { chainSeparations } from '../../support/separations.ts';

describe('validateSeparations', () => {
  const problem: SeparationProblem = {
    buffers: [
      { id: 0, size: 8, alignment: 4 },
      { id: 1, size: 8, alignment: 4 },
      { id: 2, size: 4, alignment: 4, fixed: 24 },
    ],
    conflicts: [{ a: 0, b: 1, aBelow: 4, bBelow: 8 }],
    forbidden: [{ from: 14, to: 20 }],
    moments: [],
  };
  const faults = (a: number | null, b: number, c: number, height = 100) => {
    const offsets = new Map(a === null ? [] : [[0, a]]).set(1, b).set(2, c);
    return validateSeparations(problem, offsets, height);
  };

  it('accepts what is sound, also at the least distances', () => {
    expect(faults(0, 4, 24)).toEqual([]);
    expect(faults(28, 20, 24)).toEqual([]);
  });

  it.each([
    ['no offset', null, 4, 24, 100, 'no offset'],
    ['a negative offset', -4, 4, 24, 100, 'offset -4'],
    ['a broken offset', 0.5, 4, 24, 100, 'offset 0.5'],
    ['a wrong alignment', 0, 6, 24, 100, 'aligned'],
    ['a fixed buffer elsewhere', 0, 4, 28, 100, 'not at 24'],
    ['an end above the height', 0, 4, 24, 27, 'beyond 27'],
    ['a byte in a forbidden range', 0, 8, 24, 100, 'forbidden'],
    ['a buffer around a forbidden range', 12, 20, 24, 100, 'forbidden'],
    ['too little distance above', 0, 0, 24, 100, 'nearer'],
    ['too little distance below', 24, 20, 24, 100, 'nearer'],
  ])('finds %s', (_, a, b, c, height, words) => {
    expect(faults(a, b, c, height).join('; ')).toContain(words);
  });

  it('finds every conflict of a chain that is broken by moving one buffer onto another', () => {
    const chain = chainSeparations(30, 2);
    const { offsets, height } = solveSeparations(chain);
    let broken = 0;
    for (const { a, b, aBelow, bBelow } of chain.conflicts) {
      if (aBelow === 0 || bBelow === 0) continue;
      const moved = new Map(offsets).set(b, offsets.get(a) ?? 0);
      expect(validateSeparations(chain, moved, height + 2000).join('; ')).toContain(`buffers ${a} at`);
      broken++;
    }
    expect(broken).toBeGreaterThan(20);
  });
});
