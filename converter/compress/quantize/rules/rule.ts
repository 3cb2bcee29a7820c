import type { OpAttributes, OpType } from '../../../ops/op.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import type { Encoding, IntegerFormat } from '../format.ts';

/**
 * What an operand is to its operator:
 *
 * - `data`: stored as integers with a scale; a constant is quantized too
 * - `weights`: a constant, int8 with a scale for each output channel
 * - `bias`: a constant of int32 with the scale of the products
 * - `other`: stays what it is (indices, conditions)
 */
export type OperandRole = 'data' | 'weights' | 'bias' | 'other';

/** How an operator is said in stored integers. */
export interface QuantizationRule<Attributes> {
  /** Formats in which the operator may compute; empty for those that stay in float32. */
  readonly formats: readonly IntegerFormat[];
  /** The role of operand `index`. */
  role(index: number): OperandRole;
  /** Whether data operands and outputs must share one scale and zero point. */
  readonly isTied: (attributes: Attributes) => boolean;
  /** The scale and zero point that the output must have, or null for those that fit its values best. */
  readonly output: (attributes: Attributes, format: IntegerFormat) => Encoding | null;
  /** The axis of the weights with the output channels; null for operators without weights. */
  readonly channelAxis: (inputs: readonly TensorType[]) => number | null;
}

/** Rules of all operators. */
export type QuantizationRules = { readonly [T in OpType]: QuantizationRule<OpAttributes[T]> };
