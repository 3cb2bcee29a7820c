import { greedySolver } from './greedy.ts';
import { type Instance, roundUp, toInstance } from './instance.ts';
import type { OffsetBuffer, OffsetSolution, OffsetSolver } from './problem.ts';
import { isRestricted, solveRestricted } from './restricted.ts';
import { OffsetSearch } from './search.ts';
import type { AddressRange } from './separation-problem.ts';
import { schedule } from './strategy.ts';

export interface ExactOptions {
  /** Bytes that are enough: the solver stops at the first placement that fits. Null or absent: as low as possible. */
  readonly capacity?: number | null;
  /** Most nodes that the search may visit. Fixes the result, whatever the machine. */
  readonly nodeBudget: number;
  /** Ranges in which nothing may lie; none when absent. */
  readonly forbidden?: readonly AddressRange[];
}

/** `height` above the capacity and `lowerBound` above it too: proved not to fit. Only `height` above it: not decided. */
export interface ExactSolution extends OffsetSolution {
  /** Nodes visited; 0 when the greedy placement was enough or met the lower bound. */
  readonly nodes: number;
}

/** Nodes that {@link exactSolver} may visit: some tens of milliseconds, and none where greedy meets the lower bound. */
export const modelNodeBudget = 20_000;

/** The exact solver as the planner calls it: the least height, proved where the budget allows. */
export const exactSolver: OffsetSolver = (buffers) => solveOffsets(buffers, { nodeBudget: modelNodeBudget });

/**
 * Offsets for buffers with fixed lifetimes (dynamic storage allocation): greedy placements first, then the search of
 * {@link OffsetSearch} in many short attempts. Without a capacity the height is narrowed down between the lower bound and
 * the best placement. With fixed buffers or forbidden ranges the search by distances takes over. Deterministic. Lifetimes must not be empty, and sizes and alignments must be sound ({@link toInstance}).
 */
export function solveOffsets(buffers: readonly OffsetBuffer[], options: ExactOptions): ExactSolution {
  const forbidden = options.forbidden ?? [];
  if (isRestricted(buffers, forbidden)) {
    return solveRestricted(buffers, forbidden, { nodes: options.nodeBudget, capacity: options.capacity ?? null });
  }
  const instance = toInstance(buffers);
  const greedy = greedySolver(buffers);
  const work = new Work(instance, greedy, options.nodeBudget);
  const capacity = options.capacity ?? null;
  if (isSearchable(instance, greedy.height)) {
    if (capacity === null) work.lower();
    else if (greedy.height > capacity) work.fit(capacity);
  }
  const offsets = new Map(buffers.map(({ id }) => [id, work.offsets.get(id) ?? 0]));
  const { height, lowerBound, nodes } = work;
  return { offsets, height, lowerBound, optimal: height === lowerBound, nodes };
}

/** The search counts in 32 bits. */
function isSearchable({ alignment }: Instance, height: number): boolean {
  return height + Math.max(0, ...alignment) < 2 ** 30;
}

/** The best placement and bound so far, and what is left of the budget. */
class Work {
  offsets: ReadonlyMap<number, number>;
  height: number;
  lowerBound: number;
  private readonly instance: Instance;
  private readonly budget: number;
  private readonly attempts: ReturnType<typeof schedule>;
  private search: OffsetSearch | null = null;

  constructor(instance: Instance, greedy: OffsetSolution, budget: number) {
    this.instance = instance;
    this.budget = budget;
    this.offsets = greedy.offsets;
    this.height = greedy.height;
    this.lowerBound = Math.max(greedy.lowerBound, instance.lowerBound);
    this.attempts = schedule(instance.buffers.length);
  }

  get nodes(): number {
    return this.search?.nodes ?? 0;
  }

  /** Looks for a placement within `capacity`. */
  fit(capacity: number): void {
    const { grain } = this.instance;
    if (capacity >= this.lowerBound) this.spend(capacity - (capacity % grain), this.budget);
  }

  /**
   * Lowers the height until it meets the lower bound. The bound itself is tried first and longest, as it is often reached;
   * then the range between is halved. A capacity that is not decided with its share of nodes counts as too small until the
   * next round, which has four times the share.
   */
  lower(): void {
    const { grain } = this.instance;
    for (let share = this.budget / 16; this.isOpen(); share *= 4) {
      let undecided = this.lowerBound;
      let capacity = this.lowerBound;
      while (undecided < this.height && this.isOpen()) {
        const found = this.spend(capacity, capacity === this.lowerBound ? 4 * share : share);
        undecided = Math.max(this.lowerBound, found ? undecided : capacity + grain);
        capacity = roundUp(Math.floor((undecided + this.height - grain) / 2), grain);
        if (capacity >= this.height) capacity = this.height - grain;
      }
    }
  }

  private isOpen(): boolean {
    return this.lowerBound < this.height && this.nodes < this.budget;
  }

  /** Whether a placement within `capacity` came of at most `share` nodes. Improves height and bound. */
  private spend(capacity: number, share: number): boolean {
    // The table need not hold more than the budget can fill.
    this.search ??= new OffsetSearch(this.instance, Math.max(8, Math.min(20, Math.ceil(Math.log2(this.budget + 1)))));
    const limit = Math.min(this.budget, this.nodes + Math.max(1, Math.floor(share)));
    while (this.nodes < limit) {
      const { strategy, nodes } = this.attempts.next().value;
      const outcome = this.search.attempt(capacity, strategy, Math.min(nodes, limit - this.nodes));
      if (outcome === 'found') this.keep(this.search);
      if (outcome === 'impossible') this.lowerBound = capacity + this.instance.grain;
      if (outcome !== 'unknown') return outcome === 'found';
    }
    return false;
  }

  private keep({ state }: OffsetSearch): void {
    const { buffers } = this.instance;
    this.offsets = new Map(buffers.map(({ id }, i) => [id, state.bottom[i] ?? 0]));
    this.height = Math.max(...buffers.map(({ size }, i) => (state.bottom[i] ?? 0) + size));
  }
}
