import type { Op, OpType } from '../../ops/op.ts';
import type { Overlaps } from '../../plan/overlap.ts';
import type { Step } from '../../plan/program.ts';
import type { Rounding } from '../../tensor/requantize.ts';
import type { TensorType } from '../../tensor/tensor.ts';
import type { Unsupported } from '../kernel.ts';
import type { FunctionRef, Parameters, ValueType } from './assembler/index.ts';
import type { Routine } from './routine.ts';
import type { Variant } from './variant.ts';

/** Rows of a stream: where they begin is found at run time, and need not be a multiple of anything but their own size. */
export type RowRegion = `input${number}` | 'output';

/** A place in linear memory, as bytes from the start of one of its two regions, or of the rows that a step in a stream works on. */
export interface Address {
  readonly region: 'constants' | 'arena' | RowRegion;
  readonly offset: number;
}

export function addressPlus(address: Address, bytes: number): Address {
  return { region: address.region, offset: address.offset + bytes };
}

/** What a parameter of a layer function is called with: a place, or a number of the parameter's type. */
export type CallValue = Address | number;

export type CallValues<P extends Parameters> = { readonly [K in keyof P]: CallValue };

/** What a kernel sees of the step that it emits. */
export interface StepEmitter<T extends OpType = OpType> {
  readonly step: Step<T>;
  readonly rounding: Rounding;
  /** Where input `index` lies; a constant operand is placed as it stands in the model. */
  input(index: number): Address;
  readonly output: Address;
  /** Where output `index` of an operator with several lies. */
  outputAt(index: number): Address;
  /** The scratch memory; throws where the kernel asked for none. */
  readonly scratch: Address;
  /** Places bytes in read-only memory at a multiple of 16, equal bytes once. */
  constant(bytes: Uint8Array): Address;
  /** Adds a call of the routine's function for `config` to the step. */
  call<C, P extends Parameters, R extends readonly ValueType[]>(
    template: Routine<C, P, R>,
    config: C,
    values: CallValues<P>,
  ): void;
  /** What the code may use. Weights should be laid out alike for all variants, since a bundle has them once. */
  readonly variant: Variant;
  /** Adds a call to what is done once where the dot product takes both operands as signed; values are constants. */
  callIfSigned<C, P extends Parameters>(template: Routine<C, P>, config: C, values: CallValues<P>): void;
}

/** A call as it is kept until the addresses are known. */
export interface PendingCall {
  readonly callee: FunctionRef;
  readonly values: CallValues<Parameters>;
}

/** How the WASM back end computes one operator. */
export interface WasmKernel<T extends OpType> {
  /** Why this step cannot be emitted, or null. */
  problem(step: Step<T>): Unsupported | null;
  /** Bytes of scratch, see `KernelNeeds`. */
  scratchBytes(op: Op<T>, inputs: readonly TensorType[], outputs: readonly TensorType[]): number;
  /** How close the output may come to each input, see `KernelNeeds`. */
  overlaps(op: Op<T>, inputs: readonly TensorType[], outputs: readonly TensorType[]): Overlaps;
  /** Emits the calls of a step without problem. */
  emit(emitter: StepEmitter<T>): void;
}

/** Places in the arena are multiples of this: a vector. */
export const alignmentBytes = 16;

/**
 * Readable memory behind the last tensor. Kernels read whole vectors and ignore what they did not ask for, so a load
 * may reach this far behind a tensor; stores never do.
 */
export const readSlackBytes = 256;
