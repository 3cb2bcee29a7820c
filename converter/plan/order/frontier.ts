import { emptyBits, hasBit, keyOfBits, setBit } from './bits.ts';
import type { Bound } from './bound.ts';
import { bytesOfEnding, type Effect, effectOf, effectOfBeginning, type Moment } from './cost.ts';
import type { Task, Work } from './work.ts';

/** The tasks that ran, and what is known of the way there. */
export interface Frontier extends Moment {
  /** Greatest number of bytes alive on the way here, at least the bound of the whole. */
  readonly peakBytes: number;
  /** Tasks that can run now, by rising index. */
  readonly ready: readonly number[];
  /** How many tasks ran. */
  readonly count: number;
  /** How many of them are cuts that were passed with every piece in its best place. */
  readonly cuts: number;
  /** The tasks since `parent`. */
  readonly moves: readonly number[];
  readonly parent: Frontier | null;
}

/**
 * What the search works on, and how many steps it took: its budget counts them, so that equal graphs give equal orders. A step is the
 * cost of one task at one place, or about as much work.
 */
export interface Effort {
  readonly work: Work;
  readonly bound: Bound;
  steps: number;
  /** The search that is going on ends where `steps` are more than this. */
  limit: number;
}

export function firstFrontier({ work, bound }: Effort): Frontier {
  const { duringBytes, afterBytes, misplaced } = effectOfBeginning(work);
  const ready = work.tasks.filter(({ previous }) => previous.length === 0).map(({ index }) => index);
  const done = emptyBits(work.tasks.length);
  const peakBytes = Math.max(duringBytes, bound.leastBytes);
  return { done, liveBytes: afterBytes, misplaced, peakBytes, ready, count: 0, cuts: 0, moves: [], parent: null };
}

/** Equal where the same can follow at the same cost. */
export const keyOf = ({ done, misplaced }: Moment): string =>
  misplaced.length === 0 ? keyOfBits(done) : `${keyOfBits(done)} ${misplaced.join()}`;

/** All tasks on the way to the frontier, in order. */
export function orderTo(frontier: Frontier): number[] {
  const runs: (readonly number[])[] = [];
  for (let at: Frontier | null = frontier; at !== null; at = at.parent) runs.push(at.moves);
  return runs.toReversed().flat();
}

/** A frontier that moves on. */
export class Walk implements Moment {
  readonly done: Uint32Array;
  liveBytes: number;
  misplaced: readonly number[];
  peakBytes: number;
  ready: readonly number[];
  readonly #from: Frontier | null;
  readonly #effort: Effort;
  readonly #moves: number[] = [];
  #count: number;
  #cuts: number;

  constructor(effort: Effort, from: Frontier | Walk) {
    this.#effort = effort;
    this.#from = from instanceof Walk ? null : from;
    this.done = from.done.slice();
    effort.steps += this.done.length >>> 4;
    this.liveBytes = from.liveBytes;
    this.misplaced = from.misplaced;
    this.peakBytes = from.peakBytes;
    this.ready = from.ready;
    this.#count = from instanceof Walk ? 0 : from.count;
    this.#cuts = from instanceof Walk ? 0 : from.cuts;
  }

  get hasMoved(): boolean {
    return this.#moves.length > 0;
  }

  effect(task: Task): Effect {
    this.#effort.steps++;
    return effectOf(task, this, this.#effort.work.unit);
  }

  /** Runs a task that is ready; `effect` is its effect here. Returns the tasks that become ready by it. */
  run(task: Task, effect: Effect): readonly number[] {
    const { work, bound } = this.#effort;
    setBit(this.done, task.index);
    this.liveBytes = effect.afterBytes;
    this.misplaced = effect.misplaced;
    this.peakBytes = Math.max(this.peakBytes, effect.duringBytes);
    this.#moves.push(task.index);
    this.#count++;
    if (bound.isCut[task.index] === true && this.misplaced.length === 0) this.#cuts++;
    const fresh = task.next.filter((index) => work.tasks[index]?.previous.every((one) => hasBit(this.done, one)));
    this.ready = exchanged(this.ready, task.index, fresh);
    this.#effort.steps += this.ready.length >>> 5;
    return fresh;
  }

  /** Where the walk is now. After the last task the end of the run counts too. */
  here(): Frontier {
    const { work } = this.#effort;
    const ending = this.ready.length === 0 ? bytesOfEnding(work, this) : 0;
    return {
      done: this.done,
      liveBytes: this.liveBytes,
      misplaced: this.misplaced,
      peakBytes: Math.max(this.peakBytes, ending),
      ready: this.ready,
      count: this.#count,
      cuts: this.#cuts,
      moves: this.#moves,
      parent: this.#from,
    };
  }
}

/** The rising list without one number and with some more. */
function exchanged(list: readonly number[], one: number, more: readonly number[]): readonly number[] {
  const result = list.filter((index) => index !== one);
  for (const index of more) {
    let at = result.length;
    while (at > 0 && (result[at - 1] ?? 0) > index) at--;
    result.splice(at, 0, index);
  }
  return result;
}
