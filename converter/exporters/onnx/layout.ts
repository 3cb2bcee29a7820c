import type { Shape } from '../../tensor/shape.ts';

/**
 * How the file has a tensor: `plain`, with the axes of the graph, or `channels-first`, which is what windows in ONNX want: a tensor of four
 * axes [N,H,W,C] as [N,C,H,W].
 */
export type Layout = 'plain' | 'channels-first';

export const otherLayout: { readonly [L in Layout]: Layout } = {
  plain: 'channels-first',
  'channels-first': 'plain',
};

/** The permutation into a layout from the other one. */
export const permutationTo: { readonly [L in Layout]: readonly number[] } = {
  'channels-first': [0, 3, 1, 2],
  plain: [0, 2, 3, 1],
};

/** The shape of a tensor of the graph in this layout. */
export function shapeIn(layout: Layout, shape: Shape): Shape {
  return layout === 'plain' ? shape : permuted(shape, permutationTo['channels-first']);
}

/** Where an axis of the graph lies in this layout. */
export function axisIn(layout: Layout, axis: number): number {
  return layout === 'plain' ? axis : permutationTo['channels-first'].indexOf(axis);
}

/** A list with one entry for each axis of the graph, in the order of the layout. */
export function permuted<T>(list: readonly T[], permutation: readonly number[]): T[] {
  return permutation.map((axis) => {
    const item = list[axis];
    if (item === undefined) throw new RangeError(`no axis ${axis} in ${list.length}`);
    return item;
  });
}

/** {@link permuted} for the layout; the list itself for `plain`. */
export function listIn<T>(layout: Layout, list: readonly T[]): readonly T[] {
  return layout === 'plain' ? list : permuted(list, permutationTo['channels-first']);
}

/** Whether the elements of an image lie in the same order in both layouts: it has one channel, or one pixel. */
export function isSameOrder(shape: Shape): boolean {
  const [, height = 1, width = 1, channels = 1] = shape;
  return shape.length === 4 && (channels === 1 || height * width === 1);
}
