import { hasBit } from './bits.ts';
import { footprint, type Piece, type Task, type Work } from './work.ts';

/** What the cost of the next task depends on. */
export interface Moment {
  /** Bit i: task i ran. */
  readonly done: Uint32Array;
  /** Bytes of the activations that are alive between two tasks, rounded up. */
  readonly liveBytes: number;
  /**
   * Pairs of a piece that is alive and the bytes of the memory that it lies in, by rising piece, for those that cost more than their
   * `leastBytes`: a small result that took over a large input, what a state holds next in memory of its own.
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
 * The bytes alive while `task` runs and after it. The only place that knows how results are laid over dying inputs: it says what
 * `lowerGraph` does, and has to change with it.
 */
export function effectOf(task: Task, at: Moment, unit: number): Effect {
  const [first] = task.outputs;
  const heir = first === undefined || isHeld(first, task, at) ? undefined : heirOf(first, task, at);
  let { misplaced } = at;
  let added = 0;
  let freed = 0;
  for (const piece of task.inputs) {
    if (!dies(piece, task, at)) continue;
    if (piece !== heir) freed += footprint(bytesUnder(piece, at), unit);
    if (misplaced.length > 0) misplaced = without(misplaced, piece.index);
  }
  for (const piece of task.outputs) {
    const inherits = piece === first && heir !== undefined;
    const bytes = inherits ? bytesUnder(heir, at) : isHeld(piece, task, at) ? 0 : piece.bytes;
    if (!inherits) added += footprint(bytes, unit);
    if (!piece.isKept && piece.readers.length === 0) freed += footprint(bytes, unit);
    else if (bytes !== piece.leastBytes) misplaced = including(misplaced, piece.index, bytes);
  }
  const grown = at.liveBytes + added;
  return { duringBytes: grown + task.scratchBytes, afterBytes: grown - freed, misplaced };
}

/** What the first output of the task takes over. */
function heirOf(first: Piece, task: Task, at: Moment): Piece | undefined {
  for (const piece of task.takeovers) if (dies(piece, task, at) && bytesUnder(piece, at) >= first.bytes) return piece;
  return undefined;
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
  const isInState = (piece: Piece) => piece.isState || (piece.home !== null && bytesUnder(piece, at) === 0);
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

/** Bytes of the memory that a piece lies in. */
function bytesUnder(piece: Piece, { misplaced }: Pick<Moment, 'misplaced'>): number {
  for (let i = 0; i < misplaced.length; i += 2) if (misplaced[i] === piece.index) return misplaced[i + 1] ?? 0;
  return piece.leastBytes;
}

function without(pairs: readonly number[], piece: number): readonly number[] {
  const at = pairs.findIndex((value, i) => i % 2 === 0 && value === piece);
  return at === -1 ? pairs : pairs.toSpliced(at, 2);
}

function including(pairs: readonly number[], piece: number, bytes: number): readonly number[] {
  const at = pairs.findIndex((value, i) => i % 2 === 0 && value > piece);
  return pairs.toSpliced(at === -1 ? pairs.length : at, 0, piece, bytes);
}
