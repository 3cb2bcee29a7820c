import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quickHeight, solveSeparations } from '../../../converter/plan/memory/separation.ts';
import { components, toSeparationInstance } from '../../../converter/plan/memory/separation-instance.ts';
import { refine } from '../../../converter/plan/memory/separation-refine.ts';
import { validateSeparations } from '../../../converter/plan/memory/separation-validate.ts';
import { chainSeparations, leastHeight, smallSeparations } from '../../support/separations.ts';

describe('solveSeparations', () => {
  it('is as low as trying every offset, and its bound is never above that', () => {
    fc.assert(
      fc.property(smallSeparations, (problem) => {
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

  it('places and proves chains as of networks within few nodes', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const problem = chainSeparations(60, seed);
      const solution = solveSeparations(problem, { nodes: 2000 });
      expect(validateSeparations(problem, solution.offsets, solution.height)).toEqual([]);
      expect(solution.isOptimal).toBe(true);
      expect(solution.nodes).toBeLessThanOrEqual(2000);
    }
  });

  it('is lower than greedy search alone for some chains', () => {
    const seeds = Array.from({ length: 12 }, (_, seed) => chainSeparations(60, seed + 1));
    expect(seeds.some((problem) => solveSeparations(problem).height < quickHeight(problem).height)).toBe(true);
  });

  it('gives the same answer twice', () => {
    const problem = chainSeparations(80, 5, 12);
    expect(solveSeparations(problem)).toEqual(solveSeparations(problem));
    expect(quickHeight(problem)).toEqual(quickHeight(problem));
  });

  it('keeps to a budget of nodes and says what is proved', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const problem = chainSeparations(60, seed, 16);
      const short = solveSeparations(problem, { nodes: 20 });
      expect(short.nodes).toBeLessThanOrEqual(20);
      expect(validateSeparations(problem, short.offsets, short.height)).toEqual([]);
      const long = solveSeparations(problem, { nodes: 20_000 });
      expect(short.lowerBound).toBeLessThanOrEqual(long.height);
      if (short.isOptimal) expect(short.height).toBe(long.height);
    }
  });

  it('is content with what is enough', () => {
    const problem = chainSeparations(60, 3);
    const least = solveSeparations(problem);
    const enough = solveSeparations(problem, { enough: 2 * least.height });
    expect(enough.height).toBeLessThanOrEqual(2 * least.height);
    expect(enough.isOptimal).toBe(enough.height === enough.lowerBound);
    expect(enough.nodes).toBe(0);
  });

  const two = (aBelow: number, bBelow: number, fixed: number | null = null) => ({
    buffers: [
      { id: 7, size: 8, alignment: 4, ...(fixed === null ? {} : { fixed }) },
      { id: 9, size: 12, alignment: 4 },
    ],
    conflicts: [{ a: 0, b: 1, aBelow, bBelow }],
    forbidden: [],
    moments: [[0, 1]],
  });

  it('puts one in place of the other where that is allowed', () => {
    expect(solveSeparations(two(0, 12)).height).toBe(12);
    expect(solveSeparations(two(8, 0)).height).toBe(12);
    expect(solveSeparations(two(8, 5)).height).toBe(16);
    expect(solveSeparations(two(8, 12)).height).toBe(20);
  });

  it('takes a circle of buffers that may each lie in place of the one before', () => {
    const problem = {
      buffers: [0, 1, 2].map((id) => ({ id, size: 4, alignment: 1 })),
      conflicts: [
        { a: 0, b: 1, aBelow: 0, bBelow: 4 },
        { a: 1, b: 2, aBelow: 0, bBelow: 4 },
        { a: 0, b: 2, aBelow: 4, bBelow: 0 },
      ],
      forbidden: [],
      moments: [[0, 1, 2]],
    };
    const { offsets, height, lowerBound } = solveSeparations(problem);
    expect(validateSeparations(problem, offsets, height)).toEqual([]);
    expect(lowerBound).toBe(4);
    expect(height).toBe(4);
  });

  it('keeps fixed buffers where they are and everything out of forbidden ranges', () => {
    expect(solveSeparations(two(8, 12, 4)).height).toBe(24);
    expect(solveSeparations(two(8, 12, 12))).toMatchObject({ height: 20, isOptimal: true });
    const walled = solveSeparations({ ...two(8, 12), forbidden: [{ from: 9, to: 15 }] });
    expect(Object.fromEntries(walled.offsets)).toEqual({ 7: 0, 9: 16 });
    expect(walled.isOptimal).toBe(true);
  });

  it('refuses what contradicts itself', () => {
    expect(() => solveSeparations(two(8, 12, 3))).toThrow('alignment');
    expect(() => solveSeparations({ ...two(8, 12, 4), forbidden: [{ from: 0, to: 5 }] })).toThrow('fixed');
    const buffers = [0, 1].map((id) => ({ id, size: 8, alignment: 1, fixed: 4 * id }));
    expect(() => solveSeparations({ ...two(8, 8), buffers })).toThrow('too near');
  });

  it('has nothing to do for no buffers', () => {
    const empty = { buffers: [], conflicts: [], forbidden: [], moments: [] };
    const nothing = { offsets: new Map(), height: 0, lowerBound: 0, isOptimal: true, nodes: 0 };
    expect(solveSeparations(empty)).toEqual(nothing);
  });
});

describe('refine', () => {
  /** A placement far above anything sensible, from which the search alone must come down. */
  it('finds and proves the least height without a greedy start and without a bound', () => {
    fc.assert(
      fc.property(smallSeparations, (problem) => {
        const instance = toSeparationInstance(problem);
        fc.pre(instance.isOrdered && instance.fixed.every((at) => at === -1));
        const offsets = Float64Array.from(problem.buffers, ({ id }) => 36 + 12 * id);
        let height = 0;
        for (const component of components(instance, [])) {
          const result = refine(instance, component, { order: [], offsets, height: 200 }, 0, 0, 10_000);
          expect(result.bound).toBe(result.height);
          const own = problem.buffers.filter((_, i) => component.buffers.includes(i));
          const places = new Map(own.map(({ id }) => [id, result.offsets[id] ?? -1]));
          const faults = validateSeparations(problem, places, result.height);
          expect(faults.filter((fault) => !fault.includes('no offset'))).toEqual([]);
          height = Math.max(height, result.height);
        }
        expect(height).toBe(leastHeight(problem, height + 1));
      }),
      { numRuns: 1000 },
    );
  });
});
