import { invariant } from '../problem.ts';
import { isBigData } from './dtype.ts';
import { broadcastShapes, elementCount, formatShape, type Shape, stridesOf } from './shape.ts';
import { type Tensor, type TensorType, zeros } from './tensor.ts';

/**
 * Offsets `start + sum(index[axis] * strides[axis])` of all elements of `shape` in row-major order.
 * A stride of 0 repeats, a negative stride runs backwards.
 */
export function stridedOffsets(shape: Shape, strides: readonly number[], start = 0): Int32Array {
  const offsets = new Int32Array(elementCount(shape));
  const index = new Array<number>(shape.length).fill(0);
  let offset = start;
  for (let i = 0; i < offsets.length; i++) {
    offsets[i] = offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] ?? 0;
      const next = (index[axis] ?? 0) + 1;
      offset += stride;
      if (next < (shape[axis] ?? 1)) {
        index[axis] = next;
        break;
      }
      offset -= stride * next;
      index[axis] = 0;
    }
  }
  return offsets;
}

/** Offsets into a tensor of shape `from` when it is broadcast to `to` by the NumPy rule. Throws RangeError if it is not. */
export function broadcastOffsets(from: Shape, to: Shape): Int32Array {
  const joined = broadcastShapes(from, to);
  if (joined === null || elementCount(joined) !== elementCount(to) || joined.length !== to.length) {
    throw new RangeError(`shape ${formatShape(from)} does not broadcast to ${formatShape(to)}`);
  }
  const own = stridesOf(from);
  const lead = to.length - from.length;
  return stridedOffsets(
    to,
    to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : (own[axis - lead] ?? 0))),
  );
}

/** A tensor of `type` whose element i is element `offsets[i]` of `source`, of the same dtype. */
export function pickElements(source: Tensor, offsets: Int32Array, type: TensorType): Tensor {
  const target = zeros(type);
  const from = source.data;
  const to = target.data;
  if (isBigData(from) || isBigData(to)) {
    invariant(isBigData(from) && isBigData(to), 'elements move between equal dtypes');
    for (let i = 0; i < offsets.length; i++) to[i] = from[offsets[i] ?? 0] ?? 0n;
  } else {
    for (let i = 0; i < offsets.length; i++) to[i] = from[offsets[i] ?? 0] ?? 0;
  }
  return target;
}

/** Writes element i of `source` to element `offsets[i]` of `target`, of the same dtype. */
export function placeElements(source: Tensor, offsets: Int32Array, target: Tensor): void {
  const from = source.data;
  const to = target.data;
  if (isBigData(from) || isBigData(to)) {
    invariant(isBigData(from) && isBigData(to), 'elements move between equal dtypes');
    for (let i = 0; i < offsets.length; i++) to[offsets[i] ?? 0] = from[i] ?? 0n;
  } else {
    for (let i = 0; i < offsets.length; i++) to[offsets[i] ?? 0] = from[i] ?? 0;
  }
}
