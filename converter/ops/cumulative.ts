import { elementCount, formatShape } from '../tensor/shape.ts';
import { type TensorType, zeros } from '../tensor/tensor.ts';
import { type ArgReduceLoops, argReduceLoops } from './arg-reduce.ts';
import { arity, firstOf, sameDtype } from './check.ts';
import { at, type OpDefinition } from './definition.ts';

/**
 * Each element joined with all before it along the axis: y[k] = x[0] + ... + x[k], or the product. `exclusive` leaves out x[k] itself,
 * so that the first result is 0 (or 1); `reverse` begins at the other end. float32 results are rounded at every step.
 */
export interface CumulativeAttributes {
  readonly kind: 'sum' | 'product';
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/** The loops around the axis, and where the walk along it begins and how it steps, in elements. */
export interface CumulativeLoops extends ArgReduceLoops {
  readonly start: number;
  readonly step: number;
}

export function cumulativeLoops({ axis, reverse }: CumulativeAttributes, { shape }: TensorType): CumulativeLoops {
  const loops = argReduceLoops({ kind: 'max', axis }, shape);
  const { length, inner } = loops;
  return { ...loops, start: reverse ? (length - 1) * inner : 0, step: reverse ? -inner : inner };
}

/** One step, in the numbers of the dtype: float32 rounds, whole numbers wrap. */
function joined(kind: 'sum' | 'product', { dtype }: TensorType, total: number | bigint, value: number | bigint) {
  if (typeof total === 'bigint' || typeof value === 'bigint') {
    const [a, b] = [BigInt(total), BigInt(value)];
    return BigInt.asIntN(64, kind === 'sum' ? a + b : a * b);
  }
  if (dtype === 'float32') return Math.fround(kind === 'sum' ? total + value : total * value);
  return kind === 'sum' ? (total + value) | 0 : Math.imul(total, value);
}

/** float32, int32 and int64 without scale; whole numbers wrap. */
export const cumulative: OpDefinition<CumulativeAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'opaque',

  outputShapes({ axis }, inputs) {
    const { shape } = at(inputs, 0);
    if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
      throw new RangeError(`shape ${formatShape(shape)} has no axis ${axis}`);
    }
    return [shape];
  },

  violations(_, inputs, outputs) {
    return firstOf(
      () => arity(inputs, 1, outputs),
      () => sameDtype([...inputs, ...outputs], ['float32', 'int32', 'int64']),
    );
  },

  evaluate(attributes, inputs, outputs) {
    const { data, type } = at(inputs, 0);
    const { kind, exclusive } = attributes;
    const { outer, length, inner, start, step } = cumulativeLoops(attributes, type);
    const output = zeros(at(outputs, 0));
    const neutral = kind === 'sum' ? 0 : 1;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const first = o * length * inner + i + start;
        let total: number | bigint = type.dtype === 'int64' ? BigInt(neutral) : neutral;
        for (let k = 0; k < length; k++) {
          const place = first + k * step;
          if (exclusive) output.data[place] = total;
          total = joined(kind, type, total, at<number | bigint>(data, place));
          if (!exclusive) output.data[place] = total;
        }
      }
    }
    return [output];
  },

  cost: (_, inputs) => ({ macs: 0, elements: elementCount(at(inputs, 0).shape) }),
};
