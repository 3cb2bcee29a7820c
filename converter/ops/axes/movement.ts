import type { Shape } from '../../tensor/shape.ts';
import type { ConcatAttributes } from '../concat.ts';
import { at } from '../definition.ts';
import type { GatherAttributes } from '../gather.ts';
import type { PadAttributes } from '../pad.ts';
import type { ReduceAttributes } from '../reduce.ts';
import type { ReshapeAttributes } from '../reshape.ts';
import type { SliceAttributes } from '../slice.ts';
import type { TransposeAttributes } from '../transpose.ts';
import { type AxisRelation, type AxisRule, fixed, inputAxis, outputAxis, tied } from './relation.ts';

const count = (kept: readonly boolean[], from: number, to: number) =>
  kept.slice(from, to).reduce((sum, stays) => sum + (stays ? 1 : 0), 0);

/** Padding is added around what stays, and may itself lose places where a sum with something else does. */
export const padAxes: AxisRule<PadAttributes> = {
  relations: ({ before }, inputs) =>
    at(inputs, 0).type.shape.map((size, axis) => ({
      kind: 'tied',
      a: { of: inputAxis(0, axis), from: 0, step: 1 },
      b: { of: outputAxis(0, axis), from: at(before, axis), step: 1 },
      count: size,
    })),
  narrowed(attributes, kept) {
    const sides = attributes.before.map((before, axis) => {
      const stays = kept(outputAxis(0, axis));
      const after = at(attributes.after, axis);
      if (stays === null) return { before, after };
      return { before: count(stays, 0, before), after: count(stays, stays.length - after, stays.length) };
    });
    return { ...attributes, before: sides.map((side) => side.before), after: sides.map((side) => side.after) };
  },
};

export const concatAxes: AxisRule<ConcatAttributes> = {
  relations({ axis }, inputs) {
    let start = 0;
    return inputs.flatMap(({ type }, index) => {
      const first = start;
      start += at(type.shape, axis);
      return type.shape.map((size, other): AxisRelation => {
        const from = other === axis ? first : 0;
        const [a, b] = [inputAxis(index, other), outputAxis(0, other)];
        return { kind: 'tied', a: { of: a, from: 0, step: 1 }, b: { of: b, from, step: 1 }, count: size };
      });
    });
  },
  narrowed: (attributes) => attributes,
};

export const transposeAxes: AxisRule<TransposeAttributes> = {
  relations: ({ permutation }, inputs) =>
    permutation.map((from, to) => tied(inputAxis(0, from), outputAxis(0, to), at(at(inputs, 0).type.shape, from))),
  narrowed: (attributes) => attributes,
};

/** Along an axis with a stride other than 1 all places stay: what is left would not lie at regular distances. */
export const sliceAxes: AxisRule<SliceAttributes> = {
  relations: ({ begin, size, strides }) =>
    size.flatMap((length, axis): AxisRelation[] => {
      const [a, b] = [inputAxis(0, axis), outputAxis(0, axis)];
      const [from, step] = [at(begin, axis), at(strides, axis)];
      const link: AxisRelation = {
        kind: 'tied',
        a: { of: a, from, step },
        b: { of: b, from: 0, step: 1 },
        count: length,
      };
      return step === 1 || length === 1 ? [link] : [link, fixed(a, 'a slice takes them at regular distances')];
    }),
  narrowed(attributes, kept, outputs) {
    const begin = attributes.begin.map((from, axis) => {
      const stays = kept(inputAxis(0, axis));
      return stays === null ? from : count(stays, 0, from);
    });
    return { ...attributes, begin, size: at(outputs, 0) };
  },
};

/**
 * The shortest runs of adjacent axes of both shapes with equal numbers of elements, axes of size 1 left out: 1x8x8x16 -> 8x64x2 is
 * [8] -> [8], [8] + [16] -> [64] + [2].
 */
export function regroupings(
  from: Shape,
  to: Shape,
): { readonly from: readonly number[]; readonly to: readonly number[] }[] {
  const axes = (shape: Shape) => shape.map((_, axis) => axis).filter((axis) => shape[axis] !== 1);
  const [left, right] = [axes(from), axes(to)];
  const blocks: { from: number[]; to: number[] }[] = [];
  while (left.length > 0 || right.length > 0) {
    const block = { from: left.splice(0, 1), to: right.splice(0, 1) };
    const product = (shape: Shape, list: readonly number[]) => list.reduce((all, axis) => all * at(shape, axis), 1);
    for (;;) {
      const difference = product(from, block.from) - product(to, block.to);
      if (difference === 0) break;
      const more = difference < 0 ? left.shift() : right.shift();
      if (more === undefined) return blocks;
      (difference < 0 ? block.from : block.to).push(more);
    }
    blocks.push(block);
  }
  return blocks;
}

export const reshapeAxes: AxisRule<ReshapeAttributes> = {
  relations(_, inputs, outputs) {
    const [from, to] = [at(inputs, 0).type.shape, at(outputs, 0).type.shape];
    return regroupings(from, to).map((block) => ({
      kind: 'regrouped',
      inputAxes: block.from.map((axis) => inputAxis(0, axis)),
      outputAxes: block.to.map((axis) => outputAxis(0, axis)),
    }));
  },
  narrowed: (_, __, outputs) => ({ shape: at(outputs, 0) }),
};

const indexed = 'their places are looked up by number';

/** Axes beside the indexed ones go through: data [A..., D..., B...] and indices [I..., count] give [A..., I..., B...]. */
export const gatherAxes: AxisRule<GatherAttributes> = {
  relations({ axis, count: indexedAxes }, inputs) {
    const [data, indices] = [at(inputs, 0).type.shape, at(inputs, 1).type.shape];
    const places = indices.length - 1;
    const beside = data.map((size, from): AxisRelation => {
      if (from >= axis && from < axis + indexedAxes) return fixed(inputAxis(0, from), indexed);
      return tied(inputAxis(0, from), outputAxis(0, from < axis ? from : from - indexedAxes + places), size);
    });
    const rows = indices
      .slice(0, -1)
      .map((size, from): AxisRelation => tied(inputAxis(1, from), outputAxis(0, axis + from), size));
    return [...beside, ...rows, fixed(inputAxis(1, places), indexed)];
  },
  narrowed: (attributes) => attributes,
};

const kinds = { mean: 'mean', sum: 'sum', max: 'maximum', min: 'minimum', product: 'product' } as const;

export const reduceAxes: AxisRule<ReduceAttributes> = {
  relations({ axes, keepDims, kind }, inputs) {
    let next = 0;
    return at(inputs, 0).type.shape.map((size, axis): AxisRelation => {
      const reduced = axes.includes(axis);
      const to = keepDims ? axis : next;
      if (!reduced) next++;
      if (reduced) return fixed(inputAxis(0, axis), `the ${kinds[kind]} over them is taken`);
      return tied(inputAxis(0, axis), outputAxis(0, to), size);
    });
  },
  narrowed: (attributes) => attributes,
};
