import { firstOverlaps, limited, nestDistance, type Overlaps } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { dimension, stridesOf } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { broadcastStrides } from '../nest.ts';
import { typesMayAlias } from './alias.ts';

/**
 * Element by element in the order of the output, or row by row where rows are read first and then written so; inputs of fewer elements are repeated by the NumPy rule of broadcasting.
 */
export function elementwiseOverlaps(inputs: readonly TensorType[], outputs: readonly TensorType[]): Overlaps {
  const [output] = outputs;
  return inputs.map((input) => {
    if (output === undefined || !typesMayAlias(input, output)) return null;
    const strides = broadcastStrides(input.shape, output.shape);
    const own = stridesOf(output.shape);
    const loops = output.shape.map((count, axis) => ({
      count,
      read: (strides[axis] ?? 0) * dtypeBytes[input.dtype],
      written: (own[axis] ?? 0) * dtypeBytes[output.dtype],
    }));
    return limited(nestDistance(loops), outputs);
  });
}

/** Output by output, each from the inputs along `axes`, which are read before it is written. */
export function reductionOverlaps(
  axes: readonly number[],
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
): Overlaps {
  const [input] = inputs;
  const [output] = outputs;
  if (input === undefined || output === undefined || !typesMayAlias(input, output)) return inputs.map(() => null);
  const kept = input.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const strides = stridesOf(input.shape);
  const own = stridesOf(kept.map((axis) => dimension(input.shape, axis)));
  const loops = kept.map((axis, i) => ({
    count: dimension(input.shape, axis),
    read: (strides[axis] ?? 0) * dtypeBytes[input.dtype],
    written: (own[i] ?? 0) * dtypeBytes[output.dtype],
  }));
  return firstOverlaps(nestDistance(loops), inputs, outputs);
}
