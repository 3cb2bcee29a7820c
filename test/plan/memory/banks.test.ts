import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BankPlan, type BankProblem, solveBanks } from '../../../converter/plan/memory/banks.ts';
import type { SeparationProblem } from '../../../converter/plan/memory/separation.ts';
import { validateSeparations } from '../../../converter/plan/memory/separation-validate.ts';
import { chainSeparations, leastHeight, smallSeparations } from '../../support/separations.ts';

const smallBanks: fc.Arbitrary<BankProblem> = fc
  .record({
    placement: smallSeparations,
    heat: fc.array(fc.nat(9), { minLength: 5, maxLength: 5 }),
    capacities: fc.array(fc.nat(16), { minLength: 1, maxLength: 3 }),
    pin: fc.nat(5),
  })
  .map(({ placement: { buffers, conflicts, moments }, heat, capacities, pin }) => ({
    placement: { buffers: buffers.map(({ id, size, alignment }) => ({ id, size, alignment })), conflicts, moments },
    heat: heat.slice(0, buffers.length),
    banks: capacities.map((capacityBytes, i) => ({ id: `b${i}`, capacityBytes, speedRank: i, forbidden: [] })),
    pinned: new Map(pin === 0 ? [[0, 'b0']] : []),
  }));

/** The buffers of one bank as a problem of their own. */
function part({ placement, banks }: BankProblem, bank: number, isHere: (id: number) => boolean): SeparationProblem {
  const here = placement.buffers.flatMap(({ id }, i) => (isHere(id) ? [i] : []));
  return {
    buffers: placement.buffers.filter(({ id }) => isHere(id)),
    conflicts: placement.conflicts
      .filter(({ a, b }) => here.includes(a) && here.includes(b))
      .map((pair) => ({ ...pair, a: here.indexOf(pair.a), b: here.indexOf(pair.b) })),
    forbidden: banks[bank]?.forbidden ?? [],
    moments: [],
  };
}

/** The least cost by trying every division; null when none fits. */
function leastCost(problem: BankProblem): number | null {
  const { placement, banks, heat, pinned } = problem;
  let best: number | null = null;
  for (let code = 0; code < banks.length ** placement.buffers.length; code++) {
    const of = placement.buffers.map((_, i) => Math.floor(code / banks.length ** i) % banks.length);
    if (of.some((bank, i) => pinned.has(i) && banks[bank]?.id !== pinned.get(i))) continue;
    const cost = of.reduce((sum, bank, i) => sum + (heat[i] ?? 0) * (banks[bank]?.speedRank ?? 0), 0);
    if (best !== null && cost >= best) continue;
    const fits = banks.every(({ capacityBytes }, bank) => {
      return (
        leastHeight(
          part(problem, bank, (id) => of[id] === bank),
          capacityBytes + 1,
        ) <= capacityBytes
      );
    });
    if (fits) best = cost;
  }
  return best;
}

function faults(problem: BankProblem, plan: BankPlan): string[] {
  if (!plan.fits) return ['does not fit'];
  return problem.banks.flatMap(({ id, capacityBytes }, bank) => {
    const solution = plan.solutions.get(id);
    const here = part(problem, bank, (buffer) => plan.bankOf.get(buffer) === id);
    return validateSeparations(here, solution?.offsets ?? new Map(), Math.min(solution?.height ?? 0, capacityBytes));
  });
}

describe('solveBanks', () => {
  it('divides as well as trying every division, or proves that none fits', () => {
    fc.assert(
      fc.property(smallBanks, (problem) => {
        const plan = solveBanks(problem);
        const least = leastCost(problem);
        expect(plan.fits).toBe(least !== null);
        if (plan.fits) {
          expect(plan.cost).toBe(least);
          expect(plan.isOptimal).toBe(true);
          expect(faults(problem, plan)).toEqual([]);
        } else expect(plan.isProved).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  const many = (fast: number, slow: number): BankProblem => ({
    placement: chainSeparations(40, 4),
    heat: chainSeparations(40, 4).buffers.map(({ size }, i) => size * (1 + (i % 5))),
    banks: [
      { id: 'slow', capacityBytes: slow, speedRank: 3, forbidden: [{ from: 0, to: 32 }] },
      { id: 'fast', capacityBytes: fast, speedRank: 0, forbidden: [] },
    ],
    pinned: new Map([[0, 'slow']]),
  });

  it('fills the fast bank with hot buffers when there are many', () => {
    const problem = many(1600, 8000);
    const plan = solveBanks(problem);
    expect(faults(problem, plan)).toEqual([]);
    expect(plan).toEqual(solveBanks(problem));
    if (!plan.fits) return;
    const allSlow = problem.heat.reduce((sum, heat) => sum + 3 * heat, 0);
    expect(plan.cost).toBeLessThan(allSlow / 2);
    expect(plan.bankOf.get(0)).toBe('slow');
  });

  it('says that it does not fit', () => {
    expect(solveBanks(many(300, 300))).toEqual({ fits: false, isProved: false });
    const none = { ...many(300, 300), banks: [], pinned: new Map() };
    expect(solveBanks(none)).toMatchObject({ fits: false });
  });

  it('refuses pins to no bank, and fixed offsets without a bank', () => {
    expect(() => solveBanks({ ...many(1, 1), pinned: new Map([[1, 'dtcm']]) })).toThrow('dtcm');
    const buffers = [{ id: 0, size: 4, alignment: 1, fixed: 0 }];
    const placement = { buffers, conflicts: [], moments: [] };
    expect(() => solveBanks({ placement, heat: [1], banks: [], pinned: new Map() })).toThrow('no bank');
  });
});
