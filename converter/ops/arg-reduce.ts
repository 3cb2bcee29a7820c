import { dimension, elementCount, formatShape, type Shape } from '../tensor/shape.ts';
import { numericData, storeElement, type TensorType, zeros } from '../tensor/tensor.ts';
import { arity, firstOf, quantizedPerTensor, sameDtype } from './check.ts';
import { at, type OpDefinition } from './definition.ts';

/** The place of the first largest or smallest element along an axis, which the output loses. */
export interface ArgReduceAttributes {
  readonly kind: 'max' | 'min';
  readonly axis: number;
}

/** Sizes before, along and after the axis. */
export interface ArgReduceLoops {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

export function argReduceLoops({ axis }: ArgReduceAttributes, shape: Shape): ArgReduceLoops {
  return {
    outer: elementCount(shape.slice(0, axis)),
    length: dimension(shape, axis),
    inner: elementCount(shape.slice(axis + 1)),
  };
}

/** float32, int32 or 8 bits to int32 or int64. TFLite `reference/arg_min_max.h`; a NaN is neither larger nor smaller. */
export const argReduce: OpDefinition<ArgReduceAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'opaque',

  outputShapes({ axis }, inputs) {
    const { shape } = at(inputs, 0);
    if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
      throw new RangeError(`shape ${formatShape(shape)} has no axis ${axis}`);
    }
    return [shape.toSpliced(axis, 1)];
  },

  violations({ axis }, inputs, outputs) {
    const output = (type: TensorType) =>
      type.dtype === 'int32' || type.dtype === 'int64'
        ? []
        : [`the places have dtype ${type.dtype}; use int32 or int64`];
    return firstOf(
      () => arity(inputs, 1, outputs),
      () => sameDtype(inputs, ['float32', 'int8', 'uint8', 'int32']),
      () => (at(inputs, 0).dtype === 'int8' ? quantizedPerTensor(inputs) : []),
      () => output(at(outputs, 0)),
      () => (dimension(at(inputs, 0).shape, axis) > 0 ? [] : [`axis ${axis} has no elements`]),
    );
  },

  evaluate(attributes, inputs, outputs) {
    const input = at(inputs, 0);
    const { outer, length, inner } = argReduceLoops(attributes, input.type.shape);
    const x = numericData(input);
    const output = zeros(at(outputs, 0));
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const first = o * length * inner + i;
        let place = 0;
        for (let k = 1; k < length; k++) {
          const [value, best] = [at(x, first + k * inner), at(x, first + place * inner)];
          if (attributes.kind === 'max' ? value > best : value < best) place = k;
        }
        storeElement(output.data, o * inner + i, place);
      }
    }
    return [output];
  },

  cost: (_, inputs) => ({ macs: 0, elements: elementCount(at(inputs, 0).shape) }),
};
