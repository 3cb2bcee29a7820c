import { footprint } from '../live.ts';
import { addBits, countBits, emptyBits, hasBit, setBit } from './bits.ts';
import { bytesOfEnding, effectOfBeginning } from './cost.ts';
import type { Piece, Task, Work } from './work.ts';

/** What holds for every order of the tasks. */
export interface Bound {
  /** No order has a lower peak of the activations. */
  readonly leastBytes: number;
  /** Whether task i comes before or after each other one in every order: then all orders meet right after it. */
  readonly isCut: readonly boolean[];
}

/**
 * Of each task, the pieces that are alive then in every order: made before it in every order, and read by it or after it in every
 * order. Takes time in the square of the tasks.
 */
export function boundOf(work: Work): Bound {
  const { tasks, pieces } = work;
  const before = tasks.map(() => emptyBits(tasks.length));
  const after = tasks.map(() => emptyBits(tasks.length));
  for (const { index, previous } of tasks) {
    for (const other of previous) include(before[index], before[other], other);
  }
  for (const { index, next } of tasks.toReversed()) {
    for (const other of next) include(after[index], after[other], other);
  }
  const kept = pieces.filter(({ isKept }) => isKept).reduce((sum, piece) => sum + leastFootprint(piece, work), 0);
  const moments = [
    effectOfBeginning(work).duringBytes,
    bytesOfEnding(work, { liveBytes: kept, misplaced: [] }),
    ...tasks.map((task, i) => leastDuring(task, work, before[i], after[i])),
  ];
  const isCut = tasks.map((_, i) => related(before[i]) + related(after[i]) === tasks.length - 1);
  return { leastBytes: moments.reduce((a, b) => Math.max(a, b), 0), isCut };
}

function leastDuring(task: Task, work: Work, before = emptyBits(0), after = emptyBits(0)): number {
  const { pieces } = work;
  const isReadLater = ({ isKept, readers }: Piece) => isKept || readers.some((reader) => hasBit(after, reader));
  let bytes = task.scratchBytes;
  for (const piece of pieces) {
    const isMade = piece.maker === -1 || hasBit(before, piece.maker);
    if (isMade && (piece.readers.includes(task.index) || isReadLater(piece))) bytes += leastFootprint(piece, work);
  }
  for (const piece of task.outputs) bytes += leastFootprint(piece, work);
  const [first] = task.outputs;
  if (first === undefined || first.home !== null) return bytes;
  const saved = task.takeovers.map(({ piece, savedBytes }) => (isReadLater(piece) ? 0 : savedBytes));
  return bytes - Math.max(0, ...saved);
}

const leastFootprint = (piece: Piece, { unit }: Work): number => footprint(piece.leastBytes, unit);

const related = (bits: Uint32Array | undefined): number => (bits === undefined ? 0 : countBits(bits));

function include(bits: Uint32Array | undefined, more: Uint32Array | undefined, one: number): void {
  if (bits === undefined || more === undefined) return;
  addBits(bits, more);
  setBit(bits, one);
}
