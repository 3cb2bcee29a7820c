import { placeElements, stridedOffsets } from '../tensor/layout.ts';
import { dimension, elementCount, formatShape, stridesOf } from '../tensor/shape.ts';
import { zeros } from '../tensor/tensor.ts';
import { everyDtype, firstOf, sameDtype, sameQuantization } from './check.ts';
import { at, type OpDefinition } from './definition.ts';

/** Joins one or more tensors of equal dtype and quantization along `axis` (not negative). */
export interface ConcatAttributes {
  readonly axis: number;
}

export const concat: OpDefinition<ConcatAttributes> = {
  inputNames: ['inputs'],
  variadic: true,
  channelRule: ({ axis }, inputs) => (axis < at(inputs, 0).shape.length - 1 ? 'keeps' : 'opaque'),

  outputShapes({ axis }, inputs) {
    const first = at(inputs, 0).shape;
    let joined = 0;
    for (const { shape } of inputs) {
      if (shape.length !== first.length || shape.some((size, i) => i !== axis && size !== first[i])) {
        throw new RangeError(`shapes ${formatShape(first)} and ${formatShape(shape)} differ beside axis ${axis}`);
      }
      joined += dimension(shape, axis);
    }
    return [first.map((size, i) => (i === axis ? joined : size))];
  },

  violations(_, inputs, outputs) {
    return firstOf(
      () => sameDtype([...inputs, ...outputs], everyDtype),
      () => sameQuantization([...inputs, ...outputs]),
    );
  },

  evaluate({ axis }, inputs, outputs) {
    const output = zeros(at(outputs, 0));
    const strides = stridesOf(output.type.shape);
    let start = 0;
    for (const input of inputs) {
      placeElements(input, stridedOffsets(input.type.shape, strides, start), output);
      start += dimension(input.type.shape, axis) * at(strides, axis);
    }
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
