import type { Op, OpType } from '../ops/op.ts';
import type { TensorData } from '../tensor/dtype.ts';
import type { Rounding } from '../tensor/requantize.ts';
import type { TensorType } from '../tensor/tensor.ts';

/** Identity of a piece of memory within one program. */
export type BufferId = number & { readonly brand: 'buffer' };

export const bufferId = (index: number): BufferId => index as BufferId;

/** Memory that some steps need: an activation (several views may share one buffer), the scratch of one step, or a state. */
export interface Buffer {
  readonly id: BufferId;
  readonly name: string;
  readonly kind: 'activation' | 'scratch' | 'state';
  readonly bytes: number;
  /** Offsets are multiples of this power of two. */
  readonly alignment: number;
}

/** A tensor in the arena, at the start of its buffer. */
export interface ArenaOperand {
  readonly kind: 'arena';
  readonly name: string;
  readonly type: TensorType;
  readonly buffer: BufferId;
}

/** A tensor in read-only memory. `id` is equal for operands that share the constant. */
export interface ConstantOperand {
  readonly kind: 'constant';
  readonly id: number;
  readonly name: string;
  readonly type: TensorType;
  readonly data: TensorData;
}

export type Operand = ArenaOperand | ConstantOperand;

/** One kernel call. Outputs may share a buffer with an input where the kernel said that it works in place. */
export interface Step<T extends OpType = OpType> {
  readonly index: number;
  /** The user's own operator and place: `CONV_2D #3 "block3/conv"`. */
  readonly name: string;
  readonly op: Op<T>;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly ArenaOperand[];
  readonly scratch: BufferId | null;
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
 * A graph turned into a list of kernel calls on buffers. Reshapes are views and have no step.
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
}
