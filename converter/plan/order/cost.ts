import { footprint } from '../live.ts';
import { hasBit } from './bits.ts';
import type { Piece, Task, Work } from './work.ts';

/** What the cost of the next task depends on. */
export interface Moment {
  /** Bit i: task i ran. */
  readonly done: Uint32Array;
  /** Bytes of the activations that are alive between two tasks, rounded up. */
  readonly liveBytes: number;
  /**
   * By rising index, the pieces that have a home but lie in memory of their own: what a state holds next, made while what it held
   * was still to be read.
   */
  readonly misplaced: readonly number[];
}

/** What a task does to the bytes alive. */
export interface Effect {
  readonly duringBytes: number;
  readonly afterBytes: number;
  readonly misplaced: readonly number[];
}

/**
 * The bytes alive while `task` runs and after it. The first output may overlap one of the inputs that die, as in `liveBytes`, and what
 * a state holds next is written into its memory where `lowerGraph` does so.
 */
export function effectOf(task: Task, at: Moment, unit: number): Effect {
  let { misplaced } = at;
  let added = 0;
  let freed = 0;
  for (const piece of task.inputs) if (dies(piece, task, at)) freed += footprint(piece.bytes, unit);
  for (const piece of task.outputs) {
    if (isHeld(piece, task, at)) continue;
    added += footprint(piece.bytes, unit);
    if (!piece.isKept && piece.readers.length === 0) freed += footprint(piece.bytes, unit);
    else if (piece.home !== null) misplaced = including(misplaced, piece.index);
  }
  const grown = at.liveBytes + added;
  return { duringBytes: grown + task.scratchBytes - savedBy(task, at), afterBytes: grown - freed, misplaced };
}

/** What it saves that the first output overlaps an input. */
function savedBy(task: Task, at: Moment): number {
  const [first] = task.outputs;
  if (first === undefined || isHeld(first, task, at)) return 0;
  let most = 0;
  for (const { piece, savedBytes } of task.takeovers) {
    if (savedBytes > most && dies(piece, task, at)) most = savedBytes;
  }
  return most;
}

/** Bytes alive when the run begins: all inputs, and then those that some task reads. */
export function effectOfBeginning({ pieces, unit }: Work): Effect {
  const inputs = pieces.filter(({ maker, isState }) => maker === -1 && !isState);
  const sum = (list: readonly Piece[]) => list.reduce((bytes, piece) => bytes + footprint(piece.bytes, unit), 0);
  const needed = inputs.filter(({ isKept, readers }) => isKept || readers.length > 0);
  return { duringBytes: sum(inputs), afterBytes: sum(needed), misplaced: [] };
}

/** Bytes alive when the states are updated after the last task: outputs, and copies of what would be overwritten too early. */
export function bytesOfEnding({ ending, unit }: Work, at: Pick<Moment, 'liveBytes' | 'misplaced'>): number {
  const isInState = (piece: Piece) => piece.isState || (piece.home !== null && !at.misplaced.includes(piece.index));
  const moves = ending.updates.filter(({ state, next }) => next === null || next.home !== state || !isInState(next));
  const changing = new Set(moves.map(({ state }) => state));
  const copies = [
    ...ending.outputs.filter((piece) => changing.has(piece)),
    ...moves.flatMap(({ next }) => (next !== null && isInState(next) ? [next] : [])),
  ];
  return copies.reduce((sum, { bytes }) => sum + footprint(bytes, unit), at.liveBytes + ending.constantBytes);
}

const dies = (piece: Piece, task: Task, at: Moment): boolean => !piece.isKept && isLastReader(piece, task, at);

/** Whether the task writes the piece into the memory of its state. */
const isHeld = ({ home }: Piece, task: Task, at: Moment): boolean => home !== null && isLastReader(home, task, at);

function isLastReader(piece: Piece, task: Task, { done }: Moment): boolean {
  for (const reader of piece.readers) if (reader !== task.index && !hasBit(done, reader)) return false;
  return true;
}

function including(list: readonly number[], piece: number): readonly number[] {
  const at = list.findIndex((other) => other > piece);
  return list.toSpliced(at === -1 ? list.length : at, 0, piece);
}
