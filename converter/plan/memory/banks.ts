import { invariant } from '../../problem.ts';
import type { BankPlan, BankProblem } from './bank-problem.ts';
import { assignAll, assignGreedily } from './bank-search.ts';
import { BankUse } from './bank-use.ts';

export type { Bank, BankPlan, BankProblem } from './bank-problem.ts';

/** Up to this many buffers with a choice, all divisions are tried. */
const mostExact = 12;

/**
 * Divides buffers among banks so that each bank holds what it is given and the sum of heat times speed rank is least: all
 * divisions for few buffers, and by falling heat per byte beyond. Each bank is placed by itself. Deterministic.
 */
export function solveBanks(problem: BankProblem): BankPlan {
  const { placement, heat, banks, pinned } = problem;
  const known = new Set(banks.map(({ id }) => id));
  invariant(known.size === banks.length && heat.length === placement.buffers.length, 'banks and heats are not sound');
  for (const [buffer, bank] of pinned) invariant(known.has(bank), `buffer ${buffer} is pinned to no bank: ${bank}`);
  for (const [i, { id, fixed }] of placement.buffers.entries()) {
    invariant(fixed === undefined || pinned.has(i), `buffer ${id} has a fixed offset but no bank`);
  }
  const use = new BankUse(problem);
  const greedy = assignGreedily(problem, use);
  const isSmall = placement.buffers.length - pinned.size <= mostExact;
  const best = isSmall ? assignAll(problem, use, greedy) : greedy;
  if (best === null) return { fits: false, isProved: isSmall && use.isExact };
  const bankOf = new Map(placement.buffers.map(({ id }, i) => [id, banks[best.bankOf[i] ?? 0]?.id ?? '']));
  const solutions = new Map(banks.map(({ id }, bank) => [id, use.solve(bank, best.bankOf)]));
  return { fits: true, bankOf, solutions, cost: best.cost, isOptimal: isSmall && use.isExact };
}
