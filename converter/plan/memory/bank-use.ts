import type { BankProblem } from './bank-problem.ts';
import { quickHeight, solveSeparations } from './separation.ts';
import type { SeparationProblem, SeparationSolution } from './separation-problem.ts';

/** Nodes for one question whether some buffers fit into a bank. */
const nodesPerQuestion = 2000;

/** No bank yet. */
export const UNDECIDED = -1;

/** What fits into each bank; remembers the answers. A division is the index of the bank by the index of the buffer. */
export class BankUse {
  /** Whether every answer so far was proved. */
  isExact = true;
  private readonly problem: BankProblem;
  private readonly answers = new Map<string, boolean>();

  constructor(problem: BankProblem) {
    this.problem = problem;
  }

  /** Whether the buffers that a division gives to a bank fit into it. */
  fits(bank: number, bankOf: readonly number[]): boolean {
    const members = bankOf.flatMap((of, i) => (of === bank ? [i] : []));
    const key = `${bank}:${members.join(',')}`;
    const known = this.answers.get(key);
    if (known !== undefined) return known;
    const answer = this.decide(bank, members);
    this.answers.set(key, answer);
    return answer;
  }

  /** The placement within one bank, as low as possible, of a division that fits. */
  solve(bank: number, bankOf: readonly number[]): SeparationSolution {
    const members = bankOf.flatMap((of, i) => (of === bank ? [i] : []));
    const part = this.part(bank, members);
    const solution = solveSeparations(part);
    // Within the budget, aiming lower may end higher than aiming at the capacity.
    const capacity = this.capacityOf(bank);
    if (solution.height <= capacity) return solution;
    return solveSeparations(part, { nodes: nodesPerQuestion, enough: capacity });
  }

  private decide(bank: number, members: readonly number[]): boolean {
    const capacity = this.capacityOf(bank);
    const part = this.part(bank, members);
    const quick = quickHeight(part, capacity);
    if (quick.height <= capacity) return true;
    if (quick.lowerBound > capacity) return false;
    const { height, lowerBound } = solveSeparations(part, { nodes: nodesPerQuestion, enough: capacity });
    if (height > capacity && lowerBound <= capacity) this.isExact = false;
    return height <= capacity;
  }

  private capacityOf(bank: number): number {
    return this.problem.banks[bank]?.capacityBytes ?? 0;
  }

  /** The problem of some buffers (rising indices) in one bank. */
  private part(bank: number, members: readonly number[]): SeparationProblem {
    const { buffers, conflicts, moments } = this.problem.placement;
    const index = new Map(members.map((buffer, i) => [buffer, i]));
    return {
      buffers: buffers.filter((_, i) => index.has(i)),
      conflicts: conflicts.flatMap((pair) => {
        const [a, b] = [index.get(pair.a), index.get(pair.b)];
        return a === undefined || b === undefined ? [] : [{ ...pair, a, b }];
      }),
      forbidden: this.problem.banks[bank]?.forbidden ?? [],
      moments: moments.map((moment) => moment.flatMap((i) => index.get(i) ?? [])),
    };
  }
}
