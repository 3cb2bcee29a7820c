import { dimension, elementCount, formatShape, type Shape, stridesOf } from '../tensor/shape.ts';
import { dataAs, type TensorType, zeros } from '../tensor/tensor.ts';
import { arity, firstOf, moverViolations } from './check.ts';
import { at, type OpDefinition } from './definition.ts';
import { clampTo } from './quantized.ts';

/**
 * Picks parts of `data` [A..., D1..Dcount, B...] by `indices` [I..., count], which are int32: the result is [A..., I..., B...], where
 * the last axis of the indices holds one place along each of the `count` axes from `axis` on.
 *
 * An index outside of its axis takes the nearest place on it, so that no input makes a kernel read elsewhere.
 */
export interface GatherAttributes {
  readonly axis: number;
  readonly count: number;
}

/** A gather as loops: for each of `outer` parts of the data and each of `rows` tuples of indices, a run of `inner` elements. */
export interface GatherPlan {
  readonly outer: number;
  /** Elements from one outer part of the data to the next. */
  readonly outerStride: number;
  readonly rows: number;
  /** Size and stride in elements of each indexed axis. */
  readonly axes: readonly { readonly size: number; readonly stride: number }[];
  readonly inner: number;
}

export function gatherPlan({ axis, count }: GatherAttributes, data: Shape, indices: Shape): GatherPlan {
  const strides = stridesOf(data);
  const axes = Array.from({ length: count }, (_, i) => ({
    size: dimension(data, axis + i),
    stride: at(strides, axis + i),
  }));
  return {
    outer: elementCount(data.slice(0, axis)),
    outerStride: elementCount(data.slice(axis)),
    rows: elementCount(indices) / count,
    axes,
    inner: elementCount(data.slice(axis + count)),
  };
}

function outputShape({ axis, count }: GatherAttributes, inputs: readonly TensorType[]): Shape {
  const [data, indices] = [at(inputs, 0).shape, at(inputs, 1).shape];
  if (!Number.isInteger(axis) || axis < 0 || !Number.isInteger(count) || count < 1 || axis + count > data.length) {
    throw new RangeError(`${count} axes from axis ${axis} on are not in shape ${formatShape(data)}`);
  }
  if (indices.length === 0 || indices.at(-1) !== count) {
    throw new RangeError(`the last axis of the indices ${formatShape(indices)} must be of size ${count}`);
  }
  return [...data.slice(0, axis), ...indices.slice(0, -1), ...data.slice(axis + count)];
}

export const gather: OpDefinition<GatherAttributes> = {
  inputNames: ['data', 'indices'],
  variadic: false,
  channelRule: () => 'opaque',
  outputShapes: (attributes, inputs) => [outputShape(attributes, inputs)],

  violations(_, inputs, outputs) {
    return firstOf(
      () => arity(inputs, 2, outputs),
      () => (at(inputs, 1).dtype === 'int32' ? [] : [`indices have dtype ${at(inputs, 1).dtype}; use int32`]),
      () => moverViolations(inputs.slice(0, 1), outputs),
      () => (at(inputs, 0).quantization.kind === 'per-channel' ? ['scales per channel cannot be gathered'] : []),
      () => (at(inputs, 0).shape.includes(0) ? ['there is nothing to gather from'] : []),
    );
  },

  evaluate(attributes, inputs, outputs) {
    const [{ data, type }, places] = [at(inputs, 0), at(inputs, 1)];
    const { outer, outerStride, rows, axes, inner } = gatherPlan(attributes, type.shape, places.type.shape);
    const indices = dataAs(places, 'int32');
    const output = zeros(at(outputs, 0));
    let to = 0;
    for (let o = 0; o < outer; o++) {
      for (let row = 0; row < rows; row++) {
        const from = axes.reduce(
          (sum, { size, stride }, i) =>
            sum + clampTo(at(indices, row * axes.length + i), { min: 0, max: size - 1 }) * stride,
          o * outerStride,
        );
        for (let i = 0; i < inner; i++) output.data[to++] = at<number | bigint>(data, from + i);
      }
    }
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
