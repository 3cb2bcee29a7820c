import type { TensorData } from '../tensor/dtype.ts';
import { dimension, elementCount, formatShape } from '../tensor/shape.ts';
import { type TensorType, zeros } from '../tensor/tensor.ts';
import { type ArgReduceLoops, argReduceLoops } from './arg-reduce.ts';
import { arity, firstOf, quantizedPerTensor, sameDtype } from './check.ts';
import { at, type OpDefinition } from './definition.ts';

/**
 * The int32 places of the `k` largest (or smallest) elements along an axis, in order, of equal ones the lower place first. The axis
 * of the output has size k. The values are a gather of these places.
 *
 * The places are found by insertion: each element in turn moves up past those before it that it exceeds, and of more than k the
 * last one drops out. This defines the result with NaNs, too, which exceed nothing and are exceeded by nothing.
 */
export interface TopKAttributes {
  readonly k: number;
  readonly axis: number;
  readonly largest: boolean;
}

/** The loops around the axis of the input. */
export function topKLoops({ axis }: TopKAttributes, { shape }: TensorType): ArgReduceLoops {
  return argReduceLoops({ kind: 'max', axis }, shape);
}

/** The places of one row whose elements lie `step` apart from `first` on. */
function placesOf({ k, largest }: TopKAttributes, data: TensorData, first: number, step: number, length: number) {
  const value = (place: number) => at<number | bigint>(data, first + place * step);
  const places: number[] = [];
  for (let i = 0; i < length; i++) {
    let rank = places.length;
    while (rank > 0) {
      const [mine, other] = [value(i), value(at(places, rank - 1))];
      if (!(largest ? mine > other : mine < other)) break;
      rank--;
    }
    places.splice(rank, 0, i);
    if (places.length > k) places.pop();
  }
  return places;
}

/** float32, int32, int64, or int8, uint8 and int16 with one scale, whose order is that of the stored integers. */
export const topK: OpDefinition<TopKAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'opaque',

  outputShapes({ k, axis }, inputs) {
    const { shape } = at(inputs, 0);
    if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
      throw new RangeError(`shape ${formatShape(shape)} has no axis ${axis}`);
    }
    const length = dimension(shape, axis);
    if (!Number.isInteger(k) || k < 0 || k > length) {
      throw new RangeError(`${k} elements cannot be picked from an axis of ${length}`);
    }
    return [shape.with(axis, k)];
  },

  violations(_, inputs, outputs) {
    const bare = at(inputs, 0).quantization.kind === 'none';
    return firstOf(
      () => arity(inputs, 1, outputs),
      () => sameDtype(inputs, ['float32', 'int8', 'uint8', 'int16', 'int32', 'int64']),
      () => (bare ? [] : quantizedPerTensor(inputs)),
      () => (at(outputs, 0).dtype === 'int32' ? [] : [`the places have dtype ${at(outputs, 0).dtype}; use int32`]),
    );
  },

  evaluate(attributes, inputs, outputs) {
    const { data, type } = at(inputs, 0);
    const { outer, length, inner } = topKLoops(attributes, type);
    const { k } = attributes;
    const output = zeros(at(outputs, 0));
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        placesOf(attributes, data, o * length * inner + i, inner, length).forEach((place, rank) => {
          output.data[(o * k + rank) * inner + i] = place;
        });
      }
    }
    return [output];
  },

  /** Elements that are compared with the last of the k so far, which most are for long rows. */
  cost: ({ k }, inputs) => ({ macs: 0, elements: elementCount(at(inputs, 0).shape) + k }),
};
