import type { BankProblem } from './bank-problem.ts';
import { type BankUse, UNDECIDED } from './bank-use.ts';

/** The index of the bank of each buffer, and the sum of heat times speed rank. */
export interface Division {
  readonly bankOf: readonly number[];
  readonly cost: number;
}

/** Buffers in falling heat per byte, by size, or by heat: each into the fastest bank that still holds it. The best. */
export function assignGreedily(problem: BankProblem, use: BankUse): Division | null {
  const { heat, placement } = problem;
  const size = (i: number) => placement.buffers[i]?.size ?? 0;
  const density = (i: number) => (heat[i] ?? 0) / Math.max(1, size(i));
  let best: Division | null = null;
  for (const worth of [density, size, (i: number) => heat[i] ?? 0]) {
    const division = assignInOrder(problem, use, sorted(problem, worth));
    if (division !== null && (best === null || division.cost < best.cost)) best = division;
  }
  return best;
}

/** The division of least cost, by trying all of them, hottest buffers first; `start` is one that is known. */
export function assignAll(problem: BankProblem, use: BankUse, start: Division | null): Division | null {
  const { heat } = problem;
  const order = sorted(problem, (i) => heat[i] ?? 0);
  const bankOf = pinnedBanks(problem);
  if (!problem.banks.every((_, bank) => use.fits(bank, bankOf))) return null;
  const banks = bySpeed(problem);
  const fastest = rankOf(problem, banks[0] ?? 0);
  let best = start;
  const extend = (depth: number, cost: number, rest: number) => {
    if (best !== null && cost + rest * fastest >= best.cost) return;
    const buffer = order[depth];
    if (buffer === undefined) {
      best = { bankOf: [...bankOf], cost };
      return;
    }
    const heatOf = heat[buffer] ?? 0;
    for (const bank of banks) {
      bankOf[buffer] = bank;
      if (use.fits(bank, bankOf)) extend(depth + 1, cost + heatOf * rankOf(problem, bank), rest - heatOf);
    }
    bankOf[buffer] = UNDECIDED;
  };
  extend(
    0,
    costOf(problem, bankOf),
    order.reduce((sum, i) => sum + (heat[i] ?? 0), 0),
  );
  return best;
}

function assignInOrder(problem: BankProblem, use: BankUse, order: readonly number[]): Division | null {
  const bankOf = pinnedBanks(problem);
  if (!problem.banks.every((_, bank) => use.fits(bank, bankOf))) return null;
  for (const buffer of order) {
    const bank = bySpeed(problem).find((candidate) => {
      bankOf[buffer] = candidate;
      return use.fits(candidate, bankOf);
    });
    if (bank === undefined) return null;
  }
  return { bankOf, cost: costOf(problem, bankOf) };
}

/** The buffers with a choice, those of greatest worth first. */
function sorted({ placement, pinned }: BankProblem, worth: (buffer: number) => number): readonly number[] {
  const free = placement.buffers.map((_, i) => i).filter((i) => !pinned.has(i));
  return free.sort((a, b) => worth(b) - worth(a) || a - b);
}

function pinnedBanks({ placement, banks, pinned }: BankProblem): number[] {
  return placement.buffers.map((_, i) => banks.findIndex(({ id }) => id === pinned.get(i)));
}

/** The banks, fastest first; of equally fast ones the larger first. */
function bySpeed({ banks }: BankProblem): readonly number[] {
  const order = (a: number, b: number) =>
    (banks[a]?.speedRank ?? 0) - (banks[b]?.speedRank ?? 0) ||
    (banks[b]?.capacityBytes ?? 0) - (banks[a]?.capacityBytes ?? 0) ||
    a - b;
  return banks.map((_, i) => i).sort(order);
}

function rankOf({ banks }: BankProblem, bank: number): number {
  return banks[bank]?.speedRank ?? 0;
}

function costOf(problem: BankProblem, bankOf: readonly number[]): number {
  return bankOf.reduce((sum, bank, i) => sum + (bank < 0 ? 0 : (problem.heat[i] ?? 0) * rankOf(problem, bank)), 0);
}
