import { pickElements, stridedOffsets } from '../tensor/layout.ts';
import { dimension, elementCount, type Shape, stridesOf } from '../tensor/shape.ts';
import { moverViolations } from './check.ts';
import { at, type OpDefinition } from './definition.ts';

/** Output axis i is input axis `permutation[i]`. */
export interface TransposeAttributes {
  readonly permutation: readonly number[];
}

function permuted(shape: Shape, permutation: readonly number[]): number[] {
  const sorted = [...permutation].sort((a, b) => a - b);
  if (sorted.length !== shape.length || sorted.some((axis, i) => axis !== i)) {
    throw new RangeError(`permutation ${permutation.join(',')} does not fit ${shape.length} dimensions`);
  }
  return permutation.map((axis) => dimension(shape, axis));
}

export const transpose: OpDefinition<TransposeAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: ({ permutation }) => (permutation.at(-1) === permutation.length - 1 ? 'keeps' : 'opaque'),

  outputShapes: ({ permutation }, inputs) => [permuted(at(inputs, 0).shape, permutation)],

  violations: (_, inputs, outputs) => moverViolations(inputs, outputs),

  evaluate({ permutation }, inputs, outputs) {
    const input = at(inputs, 0);
    const type = at(outputs, 0);
    const strides = stridesOf(input.type.shape);
    const offsets = stridedOffsets(
      type.shape,
      permutation.map((axis) => at(strides, axis)),
    );
    return [pickElements(input, offsets, type)];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
