import type { Op, OpType } from '../ops/op.ts';
import type { TensorData } from '../tensor/dtype.ts';
import type { Int4Storage } from '../tensor/int4.ts';
import type { Rounding } from '../tensor/requantize.ts';
import type { TensorType } from '../tensor/tensor.ts';
import type { WeightStorage } from '../tensor/weight-storage.ts';

/** Identity of a piece of memory within one program. */
export type BufferId = number & { readonly brand: 'buffer' };

export const bufferId = (index: number): BufferId => index as BufferId;

/** Memory that some steps need: an activation (several tensors may share one buffer, as views or as parts), the scratch of one step, or a state. */
export interface Buffer {
  readonly id: BufferId;
  readonly name: string;
  readonly kind: 'activation' | 'scratch' | 'state';
  readonly bytes: number;
  /** Offsets are multiples of this power of two. */
  readonly alignment: number;
  /** Offsets from the start of the memory are multiples of this as well: see `KernelNeeds.overlapUnit`. 1 where it is left out. */
  readonly unit?: number;
}

/** A tensor in the arena. */
export interface ArenaOperand {
  readonly kind: 'arena';
  readonly name: string;
  readonly type: TensorType;
  readonly buffer: BufferId;
  /** Bytes from the start of the buffer: a multiple of the elements' size, and of the kernels' alignment but for copies. */
  readonly offset: number;
}

/** A tensor in read-only memory. `id` is equal for operands that share the constant. */
export interface ConstantOperand {
  readonly kind: 'constant';
  readonly id: number;
  readonly name: string;
  readonly type: TensorType;
  readonly data: TensorData;
  /** How it is kept in fewer bytes than its elements have; null where it is not. */
  readonly storage: WeightStorage | null;
}

export type Operand = ArenaOperand | ConstantOperand;

/** One kernel call. */
export interface Step<T extends OpType = OpType> {
  readonly index: number;
  /** The user's own operator and place: `CONV_2D #3 "block3/conv"`. */
  readonly name: string;
  readonly op: Op<T>;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly ArenaOperand[];
  /** Of each input how far behind output 0 it must begin where they overlap, see `KernelNeeds`; -Infinity where any place will do. */
  readonly overlaps: readonly (number | null)[];
  readonly scratch: BufferId | null;
  /** Temporary memory that makes the kernel quicker though it does without, see `KernelNeeds`. */
  readonly spare: BufferId | null;
}

/** A tensor that a stream keeps by rows, or whole where it comes from before the stream or stays after it. */
export interface RowStore {
  readonly buffer: BufferId;
  readonly name: string;
  /** Bytes from one row to the next. */
  readonly rowBytes: number;
  /** Rows that fit into the buffer. */
  readonly capacity: number;
  /** The row at the start of the buffer at first; rows before row 0 are padding. */
  readonly first: number;
  /** Rows by which the store moves on when a row comes and it is full; 0 for what is whole. */
  readonly slide: number;
  /** Rows moved within the store in one run. */
  readonly movedRows: number;
  /** The byte that padding is made of. */
  readonly padding: number;
}

/** The rows `stride * r - top` and on of a store, for output row r. */
export interface RowRead {
  readonly store: number;
  readonly stride: number;
  readonly top: number;
}

/** What a stream does at a time. */
export type RowAction =
  /** The next row of `output` by a step on rows; its operands have the types of what it reads and writes at a time. */
  | {
      readonly kind: 'layer';
      readonly step: Step;
      readonly inputs: readonly (RowRead | null)[];
      readonly output: number;
    }
  /** The next row of `input` goes into the sums of a pool over all rows; the last one makes its output. */
  | {
      readonly kind: 'total';
      readonly step: Step<'pool-2d'>;
      readonly input: number;
      readonly output: number;
      readonly sums: BufferId;
    }
  /** A row of padding behind the last row of a store. */
  | { readonly kind: 'pad'; readonly store: number }
  /** The next row of one store into another one. */
  | { readonly kind: 'copy'; readonly from: number; readonly to: number };

/**
 * The steps `first` to `end` (half-open), done row by row: what lies between them is never in memory as a whole. A store has as many
 * rows in it as `order` ever needs at a time.
 */
export interface Stream {
  readonly first: number;
  readonly end: number;
  readonly stores: readonly RowStore[];
  readonly actions: readonly RowAction[];
  /** Indices of `actions`. */
  readonly order: readonly number[];
  /** Temporary memory of all its steps. */
  readonly scratch: BufferId | null;
  /** Memory of {@link progressBytes} for where the stream is. */
  readonly progress: BufferId;
  /** Buffers of stores that hold something at the same time: each such set once. Two that are in none together may share memory. */
  readonly moments: readonly (readonly BufferId[])[];
  /** Of the whole inputs and outputs: how far behind the start of the output the input must begin where they overlap. */
  readonly overlaps: readonly { readonly input: BufferId; readonly output: BufferId; readonly bytes: number }[];
}

export interface ProgramPort {
  readonly name: string;
  readonly operand: ArenaOperand;
}

/** What is kept in its buffer from run to run; `initial` is what a reset writes, zeros where it is null. */
export interface ProgramState {
  readonly name: string;
  readonly operand: ArenaOperand;
  readonly initial: TensorData | null;
}

/**
 * The input that comes row by row into a stream, the first work of the program, and is never in memory as a whole: its buffer has
 * no place. The stream copies each of its rows once, from the first to the last.
 */
export interface FedInput extends ArenaOperand {
  /** Memory of 4 bytes that nothing else ever uses: tells whether rows are wanted. */
  readonly mark: BufferId;
}

/**
 * A graph turned into a list of kernel calls on buffers. Views, such as reshapes, have no step.
 *
 * Inputs are in their buffers before the first step and may be overwritten by later steps; outputs are in theirs after
 * the last step. Two ports may share a buffer. After the last step the buffer of a state holds what the next run begins with.
 */
export interface Program {
  readonly name: string;
  readonly producer: string;
  readonly rounding: Rounding;
  readonly inputs: readonly ProgramPort[];
  readonly outputs: readonly ProgramPort[];
  readonly states: readonly ProgramState[];
  readonly buffers: readonly Buffer[];
  readonly steps: readonly Step[];
  /** Runs of steps that are done row by row, in order; the buffers between their steps are not used. */
  readonly streams: readonly Stream[];
  /** The input that comes row by row; null where all inputs are in memory. */
  readonly fed: FedInput | null;
}

/** Bytes that hold where a stream is: its place in the order, and the first and the next row of each store. */
export function progressBytes(stores: readonly RowStore[]): number {
  return 4 + 4 * stores.length;
}

/** The stream that a step is part of, if any. */
export function streamOf<S extends Pick<Stream, 'first' | 'end'>>(streams: readonly S[], step: number): S | undefined {
  return streams.find(({ first, end }) => first <= step && step < end);
}

/** One piece of work of a program: a step, or a stream in the place of its steps. */
export type Work =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'stream'; readonly stream: Stream };

/** What is to be done, in order. */
export function workOf({ steps, streams }: Program): Work[] {
  return steps.flatMap((step): Work[] => {
    const stream = streamOf(streams, step.index);
    if (stream === undefined) return [{ kind: 'step', step }];
    return stream.first === step.index ? [{ kind: 'stream', stream }] : [];
  });
}

/** How the weights of a step are kept where they are int8 in four bits; null where they are not. */
export function int4Of({ inputs }: Step): Int4Storage | null {
  for (const input of inputs) {
    if (input.kind === 'constant' && input.storage?.kind === 'int4') return input.storage;
  }
  return null;
}
