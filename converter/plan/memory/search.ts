import { FailureTable } from './failures.ts';
import type { Instance } from './instance.ts';
import { PlacementState } from './state.ts';
import { type Strategy, worth } from './strategy.ts';

const NOWHERE = 0x7fffffff;

/** How an attempt ended: a placement within the capacity, the proof that there is none, or no node left to spend. */
export type Outcome = 'found' | 'impossible' | 'unknown';

/** A stretch of sections whose unplaced buffers wait to be placed. Goals form lists that share their tails. */
interface Goal {
  readonly from: number;
  readonly to: number;
  /** The choice that made this goal: it has to be changed when the goal fails. */
  readonly cause: Choice | null;
  readonly rest: Goal | null;
}

/** What lies on the floor of one section: one of the buffers that fit there, tried in turn, and at last none of them. */
interface Choice {
  readonly goal: Goal;
  readonly section: number;
  readonly level: number;
  /** Floor of the section when nothing is put at `level`; -1 when the section cannot spare the space. */
  readonly wasteLevel: number;
  readonly candidates: readonly number[];
  readonly mark: number;
  readonly key: readonly [number, number];
  next: number;
}

/**
 * Depth-first search for a placement within a capacity.
 *
 * Only canonical placements are searched, those in which every buffer lies at 0 or on another (M. D. Moffitt, "MiniMalloc",
 * ASPLOS 2023). They are built from below like a wall. Among the floors of the sections every lowest one between two
 * higher neighbours is a valley: what lies on it lies wholly within it, and what comes later lies above. So the search takes one
 * section of a valley and asks which buffer lies on its floor there, if any. The answers do not overlap and leave nothing
 * out, and a buffer is placed for good. It prunes with these rules.
 *
 * - Waste: a section holds its floor and its unplaced bytes, or the branch is dead ({@link PlacementState}).
 * - Dominance: a floor is not left empty when a candidate could later be dropped there without meeting another buffer.
 * - Twins: of buffers alike in size, alignment and lifetime only one is tried.
 * - Parts: where no unplaced buffer bridges two sections, both sides are independent. A part that fails takes back the
 *   choice that split it off, not those made since in other parts.
 * - Memory: a failed part fails in whatever order its buffers were placed ({@link FailureTable}).
 */
export class OffsetSearch {
  readonly instance: Instance;
  readonly state: PlacementState;
  /** Nodes visited in all attempts: parts looked at. */
  nodes = 0;
  private readonly failures: FailureTable;
  private readonly keys: Float64Array;
  private strategy: Strategy | null = null;
  private lastCapacity = NOWHERE;

  /** A search that remembers up to `2 ** slotBits` failures. */
  constructor(instance: Instance, slotBits: number) {
    this.instance = instance;
    this.state = new PlacementState(instance);
    this.failures = new FailureTable(instance.buffers.length, slotBits);
    this.keys = new Float64Array(instance.buffers.length);
  }

  /** Searches with at most `nodeLimit` nodes. When something is found, it stays in `state.bottom` until the next call. */
  attempt(capacity: number, strategy: Strategy, nodeLimit: number): Outcome {
    const { state, failures } = this;
    // What fails within a capacity fails within a smaller one, not the other way round.
    if (capacity > this.lastCapacity) failures.clear();
    this.lastCapacity = capacity;
    this.strategy = strategy;
    state.reset(capacity);
    const limit = this.nodes + nodeLimit;
    const choices: Choice[] = [];
    let goal = this.split(0, this.instance.sections.length - 1, null, null);
    while (goal !== null) {
      if (this.nodes >= limit) return 'unknown';
      this.nodes++;
      failures.identify(state, goal.from, goal.to);
      let choice: Choice | null = goal.cause;
      if (!failures.has()) {
        choice = this.choose(goal);
        choices.push(choice);
      }
      let following: Goal | null | undefined;
      while (choice !== null) {
        while (choices.at(-1) !== choice) choices.pop();
        following = this.advance(choice);
        if (following !== undefined) break;
        failures.add(...choice.key);
        choice = choice.goal.cause;
      }
      if (following === undefined) return 'impossible';
      goal = following;
    }
    return 'found';
  }

  /** Makes the next answer to `choice` true. The goals that then remain, or undefined when all answers are used up. */
  private advance(choice: Choice): Goal | null | undefined {
    const { state } = this;
    const { goal, candidates, section, level, wasteLevel, mark } = choice;
    state.undo(mark);
    while (choice.next < candidates.length) {
      const buffer = candidates[choice.next++] ?? 0;
      if (state.place(buffer)) return this.split(goal.from, goal.to, choice, goal.rest);
      state.undo(mark);
    }
    if (choice.next++ > candidates.length || wasteLevel < 0 || !state.waste(section, wasteLevel)) return undefined;
    if (candidates.some((buffer) => state.isFreeAt(buffer, level))) return undefined;
    return { from: goal.from, to: goal.to, cause: choice, rest: goal.rest };
  }

  /** The independent parts of the sections `from` to `to` that have unplaced buffers, in front of `rest`. */
  private split(from: number, to: number, cause: Choice | null, rest: Goal | null): Goal | null {
    const { bridges, unplacedCount } = this.state;
    let goals = rest;
    let end = to;
    for (let section = to; section >= from; section--) {
      if (section > from && (bridges[section - 1] ?? 0) > 0) continue;
      let start = section;
      while (start <= end && unplacedCount[start] === 0) start++;
      if (start <= end) goals = { from: section, to: end, cause, rest: goals };
      end = section - 1;
    }
    return goals;
  }

  /** Picks the section of `goal` to decide next, and the order of its candidates. */
  private choose(goal: Goal): Choice {
    const { section, wasteLevel } = this.pickSection(goal.from, goal.to);
    const { bottom, placed, floor } = this.state;
    const level = floor[section] ?? 0;
    const found: number[] = [];
    for (const buffer of this.instance.sections[section] ?? []) {
      if (placed[buffer] === 1 || bottom[buffer] !== level) continue;
      if (!found.some((other) => this.areTwins(buffer, other))) found.push(buffer);
    }
    if (found.length > 1) this.order(found);
    const key = this.failures.key();
    return { goal, section, level, wasteLevel, candidates: found, mark: this.state.mark(), key, next: 0 };
  }

  private order(candidates: number[]): void {
    const { keys, instance, strategy } = this;
    if (strategy === null) return;
    for (const buffer of candidates) keys[buffer] = worth(strategy, instance, buffer);
    candidates.sort((a, b) => (keys[b] ?? 0) - (keys[a] ?? 0) || a - b);
  }

  private pickSection(from: number, to: number): { section: number; wasteLevel: number } {
    const { floor, unplacedCount } = this.state;
    const best = { section: from, wasteLevel: -1, score: Number.POSITIVE_INFINITY };
    for (let start = from; start <= to; start++) {
      if (unplacedCount[start] === 0) continue;
      const level = floor[start] ?? 0;
      let end = start;
      while (end < to && unplacedCount[end + 1] !== 0 && floor[end + 1] === level) end++;
      const isValley = this.wall(start - 1, from, to) > level && this.wall(end + 1, from, to) > level;
      if (isValley) this.pickInValley(start, end, level, best);
      start = end;
    }
    return best;
  }

  /** Height of the floor beside a valley; a section without unplaced buffers is a wall without end. */
  private wall(section: number, from: number, to: number): number {
    if (section < from || section > to || this.state.unplacedCount[section] === 0) return NOWHERE;
    return this.state.floor[section] ?? 0;
  }

  private pickInValley(
    start: number,
    end: number,
    level: number,
    best: { section: number; wasteLevel: number; score: number },
  ): void {
    const { state, strategy } = this;
    const { capacity, unplacedBytes, refutations } = state;
    const lowestTop = start === end ? NOWHERE : this.lowestTopIn(start, end);
    const step = strategy?.sections === 'ends' ? Math.max(1, end - start) : 1;
    for (let section = start; section <= end; section += step) {
      const wasteLevel = Math.min(state.bottomAbove(section), lowestTop);
      const unplaced = unplacedBytes[section] ?? 0;
      const canWaste = wasteLevel < NOWHERE && wasteLevel + unplaced <= capacity + this.instance.pitch - 1;
      const answers = state.candidatesOn(section) + (canWaste ? 1 : 0);
      const score = this.score(answers, level, capacity - level - unplaced, refutations[section] ?? 1);
      if (score >= best.score) continue;
      best.score = score;
      best.section = section;
      best.wasteLevel = canWaste ? wasteLevel : -1;
    }
  }

  /** The lower the score, the sooner a section is decided. Forced answers come first. */
  private score(answers: number, level: number, spare: number, refutations: number): number {
    switch (this.strategy?.pick) {
      case 'lowest':
        return answers <= 1 ? -1 : level * 1024 + answers;
      case 'tightest':
        return answers <= 1 ? -NOWHERE : spare * 1024 + answers;
      case 'hardest':
        return answers / refutations;
      default:
        return answers * NOWHERE + spare;
    }
  }

  /** Lowest top of any unplaced buffer of a valley: nothing that is not on the floor can lie lower than on that. */
  private lowestTopIn(start: number, end: number): number {
    let lowest = NOWHERE;
    for (let section = start; section <= end; section++) lowest = Math.min(lowest, this.state.lowestTop(section));
    return lowest;
  }

  private areTwins(a: number, b: number): boolean {
    const { size, alignment, first, last } = this.instance;
    return size[a] === size[b] && alignment[a] === alignment[b] && first[a] === first[b] && last[a] === last[b];
  }
}
