import type { Rounding } from '../tensor/requantize.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor, TensorType } from '../tensor/tensor.ts';

/** Work of one operator, counted and not timed: a profile turns counts into time. */
export interface OpCost {
  /** Multiply-accumulates of convolutions and matrix products; 0 for everything else. */
  readonly macs: number;
  /** Elementwise results computed or moved. */
  readonly elements: number;
}

/**
 * How output channels (last axis) depend on input channels (last axis of input 0).
 *
 * - `mixes`: every output channel reads all input channels, through weights that can be sliced on both sides.
 * - `keeps`: output channel c reads channel c of each input and nothing else.
 * - `opaque`: anything else; channels can be neither removed from its inputs nor from its outputs.
 */
export type ChannelRule = 'mixes' | 'keeps' | 'opaque';

/** What an operator means. No field is optional: an operator answers every question. */
export interface OpDefinition<Attributes> {
  /** Names of the inputs in order; a variadic operator has one name, which stands for one or more inputs. */
  readonly inputNames: readonly string[];
  readonly variadic: boolean;

  /** How channels of the output depend on those of the inputs, for these attributes and input types. */
  channelRule(attributes: Attributes, inputs: readonly TensorType[]): ChannelRule;

  /** Shapes of the outputs. Throws RangeError with the reason where the inputs do not fit together. */
  outputShapes(attributes: Attributes, inputs: readonly TensorType[]): readonly Shape[];

  /** What is wrong with the dtypes, quantization or attributes of a node, as sentences; empty when all is well. */
  violations(attributes: Attributes, inputs: readonly TensorType[], outputs: readonly TensorType[]): readonly string[];

  /** The reference evaluation: slow, obvious, exact. Inputs and outputs satisfy `violations`. */
  evaluate(
    attributes: Attributes,
    inputs: readonly Tensor[],
    outputs: readonly TensorType[],
    rounding: Rounding,
  ): readonly Tensor[];

  cost(attributes: Attributes, inputs: readonly TensorType[], outputs: readonly TensorType[]): OpCost;
}

/** Bounds of the real output value, from a fused activation: ReLU is [0, Infinity]. */
export interface Clamp {
  readonly min: number;
  readonly max: number;
}

export const noClamp: Clamp = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

/** The element at `index`, which the operator's own checks have shown to exist. */
export function at<T>(list: ArrayLike<T>, index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no element ${index} in a list of ${list.length}`);
  return item;
}
