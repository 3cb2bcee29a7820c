import type { Op } from '../../ops/op.ts';
import { dimension, type Shape } from '../../tensor/shape.ts';
import { inverse, isIdentity, type Permutation, permute } from './permutation.ts';

/** An operator moved before a transpose: f(transpose(x, p)) == transpose(op(x), permutation). */
export interface Moved {
  readonly op: Op;
  readonly permutation: Permutation;
}

/**
 * How an operator of one data operand passes a transpose of that operand, or null where it does not.
 *
 * @param p the permutation
 * @param source shape before the transpose
 */
export function through(op: Op, p: Permutation, source: Shape): Moved | null {
  const back = inverse(p);
  const last = p.length - 1;
  switch (op.type) {
    case 'map':
      return { op, permutation: p };
    case 'softmax':
    case 'log-softmax':
    case 'fully-connected':
      return last >= 0 && p[last] === last ? { op, permutation: p } : null;
    case 'pad': {
      const { before, after, value } = op.attributes;
      return {
        op: { type: 'pad', attributes: { before: permute(before, back), after: permute(after, back), value } },
        permutation: p,
      };
    }
    case 'slice': {
      const { begin, size, strides } = op.attributes;
      const attributes = { begin: permute(begin, back), size: permute(size, back), strides: permute(strides, back) };
      return { op: { type: 'slice', attributes }, permutation: p };
    }
    case 'reduce': {
      const { kind, axes, keepDims } = op.attributes;
      const moved = axes.map((axis) => p[axis] ?? axis).sort((a, b) => a - b);
      const left = p.filter((_, i) => !axes.includes(i));
      const order = [...left].sort((a, b) => a - b);
      return {
        op: { type: 'reduce', attributes: { kind, axes: moved, keepDims } },
        permutation: keepDims ? p : left.map((axis) => order.indexOf(axis)),
      };
    }
    case 'reshape':
      return throughReshape(op.attributes.shape, p, source);
    default:
      return null;
  }
}

/** A piece of a reshape: these input axes together hold the elements of these output axes. */
interface Block {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * A reshape splits and joins axes. Block by block it can be done before the transpose, where the axes that it joins lie side by
 * side in the source already. Axes of size 1 lie anywhere.
 */
function throughReshape(target: Shape, p: Permutation, source: Shape): Moved | null {
  const middle = permute(source, p);
  const parts = blocks(middle, target);
  if (parts === null) return null;
  const placed = parts.map(({ from, to }) => {
    const axes = from.map((i) => p[i] ?? i).filter((axis) => source[axis] !== 1);
    const [first] = from;
    return { to, axes, position: axes[0] ?? (first === undefined ? -1 : (p[first] ?? -1)) };
  });
  const real = source.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  for (const { axes } of placed) {
    const start = real.indexOf(axes[0] ?? -1);
    if (axes.some((axis, i) => real[start + i] !== axis)) return null;
  }
  // Blocks without elements of their own (sizes of 1) keep their place after the block before them.
  const order = placed.map((block, index) => ({ ...block, index }));
  order.forEach((block, i) => {
    if (block.position < 0) order[i] = { ...block, position: order[i - 1]?.position ?? -1 };
  });
  order.sort((a, b) => a.position - b.position || a.index - b.index);
  const axesInOrder = order.flatMap(({ to }) => to);
  const shape = axesInOrder.map((axis) => dimension(target, axis));
  return {
    op: { type: 'reshape', attributes: { shape } },
    permutation: target.map((_, axis) => axesInOrder.indexOf(axis)),
  };
}

/**
 * A permutation that is done first so that what is left of `p` passes the reshape: within each piece that the reshape joins, it
 * puts the axes in the order in which they are joined (a shuffle of channels). Null where the pieces do not lie side by side, or
 * where nothing would be left.
 */
export function shuffleBefore(target: Shape, p: Permutation, source: Shape): Permutation | null {
  const parts = blocks(permute(source, p), target);
  if (parts === null) return null;
  const first = [...source.keys()];
  const real = source.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  for (const { from } of parts) {
    const axes = from.map((i) => p[i] ?? i).filter((axis) => source[axis] !== 1);
    const places = axes.map((axis) => real.indexOf(axis)).sort((a, b) => a - b);
    if (places.some((place, i) => place !== (places[0] ?? 0) + i)) return null;
    places.forEach((place, i) => {
      first[real[place] ?? 0] = axes[i] ?? 0;
    });
  }
  const rest = p.map((axis) => first.indexOf(axis));
  return isIdentity(first) || isIdentity(rest) ? null : first;
}

/** The finest blocks in which `from` and `to` have equal element counts, or null for empty tensors. */
function blocks(from: Shape, to: Shape): Block[] | null {
  const found: Block[] = [];
  let [i, k] = [0, 0];
  while (i < from.length || k < to.length) {
    const block: { from: number[]; to: number[] } = { from: [], to: [] };
    let [a, b] = [1, 1];
    if (i < from.length && (from[i] ?? 0) !== 1) {
      a = from[i] ?? 0;
      block.from.push(i++);
    } else if (k < to.length && (to[k] ?? 0) !== 1) {
      b = to[k] ?? 0;
      block.to.push(k++);
    } else {
      // Only sizes of 1 here: two of them belong together, others are blocks of their own.
      if (i < from.length && k < to.length) found.push({ from: [i++], to: [k++] });
      else if (i < from.length) found.push({ from: [i++], to: [] });
      else found.push({ from: [], to: [k++] });
      continue;
    }
    if (a === 0 || b === 0) return null;
    while (a !== b) {
      if (a < b && i < from.length) {
        a *= from[i] ?? 0;
        block.from.push(i++);
      } else if (b < a && k < to.length) {
        b *= to[k] ?? 0;
        block.to.push(k++);
      } else return null;
      if (a === 0 || b === 0) return null;
    }
    found.push(block);
  }
  return found;
}
