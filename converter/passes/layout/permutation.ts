import { isNode, type Node, type Uses, type ValueId } from '../../ir/graph.ts';
import type { Shape } from '../../tensor/shape.ts';

/** Output axis i of a transpose is input axis `permutation[i]`. */
export type Permutation = readonly number[];

/** The transpose that computes `id`, with what it reads, or null. */
export function transposeOf(
  uses: Uses,
  id: ValueId | undefined,
): { readonly node: Node<'transpose'>; readonly source: ValueId; readonly permutation: Permutation } | null {
  const node = id === undefined ? undefined : uses.producer.get(id);
  const source = node?.inputs[0];
  if (!isNode(node, 'transpose') || source === undefined) return null;
  return { node, source, permutation: node.op.attributes.permutation };
}

export function inverse(permutation: Permutation): number[] {
  const back = new Array<number>(permutation.length).fill(0);
  permutation.forEach((axis, i) => {
    back[axis] = i;
  });
  return back;
}

/** What is listed by axis of the input, listed by axis of the output. */
export function permute<T>(list: readonly T[], permutation: Permutation): T[] {
  return permutation.flatMap((axis) => {
    const item = list[axis];
    return item === undefined ? [] : [item];
  });
}

/** Whether transposing `shape` moves only axes of size 1, so that no element changes its place. */
export function movesNothing(shape: Shape, permutation: Permutation): boolean {
  const moved = permutation.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > (moved[i - 1] ?? 0));
}

export function isIdentity(permutation: Permutation): boolean {
  return permutation.every((axis, i) => axis === i);
}

export function samePermutation(a: Permutation, b: Permutation): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}
