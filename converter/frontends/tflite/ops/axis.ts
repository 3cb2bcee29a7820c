import type { ValueId } from '../../../ir/graph.ts';
import type { SliceAttributes } from '../../../ops/slice.ts';
import type { OperatorContext } from '../context.ts';

/** An axis of a tensor with `rank` dimensions as a number from 0; negative ones count from the end. */
export function resolveAxis(context: OperatorContext, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (resolved < 0 || resolved >= rank) throw context.invalid(`axis ${axis} does not exist in ${rank} dimensions`);
  return resolved;
}

/** The one axis in the constant behind input `index`. */
export function axisInput(context: OperatorContext, index: number, rank: number): number {
  const [axis, ...others] = context.integers(index, 'the axis');
  if (axis === undefined || others.length > 0) throw context.invalid('it takes one axis');
  return resolveAxis(context, axis, rank);
}

/** A slice that takes `size` elements along `axis` from `begin` on, and everything along the others. */
export function sliceAlong(
  shape: readonly number[],
  axis: number,
  begin: number,
  size: number,
  stride = 1,
): { readonly type: 'slice'; readonly attributes: SliceAttributes } {
  const only = (value: number, other: readonly number[] | number) =>
    shape.map((_, i) => (i === axis ? value : typeof other === 'number' ? other : (other[i] ?? 1)));
  return { type: 'slice', attributes: { begin: only(begin, 0), size: only(size, shape), strides: only(stride, 1) } };
}

/** All inputs of an operator that takes any number of them. */
export function allInputs(context: OperatorContext): ValueId[] {
  return Array.from({ length: context.inputCount }, (_, index) => context.input(index));
}
