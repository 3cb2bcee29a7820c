import type { Op } from '../../../ops/op.ts';
import { notQuantized, type Quantization, scaleAt, zeroPointAt } from '../../../tensor/quantization.ts';
import { elementCount, type Shape } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';

/** The real number that the stored number `value` stands for in a tensor of `type`; the number itself where it has no scale. */
export function realNumber({ quantization }: TensorType, value: number): number {
  if (quantization.kind !== 'per-tensor') return value;
  return Math.fround(scaleAt(quantization, 0) * (value - zeroPointAt(quantization, 0)));
}

/**
 * The quantization of a tensor of type `from` after `op` brought its elements into `shape`, or null where `op` does more than to move
 * all of them, or where an axis with scales of its own is torn.
 */
export function movedQuantization(op: Op, from: TensorType, shape: Shape): Quantization | null {
  const { quantization: q } = from;
  if (op.type !== 'reshape' && op.type !== 'transpose') return null;
  if (q.kind !== 'per-channel') return q;
  const axis =
    op.type === 'transpose' ? op.attributes.permutation.indexOf(q.axis) : reshapedAxis(from.shape, shape, q.axis);
  return axis === null || axis < 0 ? null : { ...q, axis };
}

/** Where `axis` is after a reshape: an axis of the same size with as many elements behind it. */
function reshapedAxis(from: Shape, to: Shape, axis: number): number | null {
  const behind = elementCount(from.slice(axis + 1));
  const found = to.findIndex((size, i) => size === from[axis] && elementCount(to.slice(i + 1)) === behind);
  return found < 0 ? null : found;
}

/** Scales and zero points of a QuantizeLinear or DequantizeLinear: one, or one for each element of `axis`. */
export function quantizationFrom(scales: readonly number[], zeroPoints: readonly number[], axis: number): Quantization {
  const [scale] = scales;
  if (scale === undefined) return notQuantized;
  if (scales.length === 1) return { kind: 'per-tensor', scale, zeroPoint: zeroPoints[0] ?? 0 };
  return { kind: 'per-channel', axis, scales, zeroPoints: scales.map((_, i) => zeroPoints[i] ?? 0) };
}
