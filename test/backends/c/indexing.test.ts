import { describe, it } from 'vitest';
import type { Op } from '../../../converter/ops/op.ts';
import type { DType } from '../../../converter/tensor/dtype.ts';
import { notQuantized, perTensor } from '../../../converter/tensor/quantization.ts';
import { elementCount, type Shape } from '../../../converter/tensor/shape.ts';
import { type Tensor, tensorType } from '../../../converter/tensor/tensor.ts';
import { type Case, expectSameAsReference, OTHER_COMPILERS, SANITIZED } from './batch.ts';
import { oneOp } from './models.ts';
import { Random } from './random.ts';

const typed = (dtype: DType, shape: Shape) =>
  tensorType(dtype, shape, dtype === 'int8' ? perTensor(0.5, -3) : notQuantized);

/** Indices from -1 to 6, so that some lie outside. */
function indices(shape: Shape): Tensor {
  const data = Int32Array.from({ length: elementCount(shape) }, (_, i) => ((i * 5) % 8) - 1);
  return { type: tensorType('int32', shape), data };
}

function gathers(dtype: DType): Case[] {
  const random = new Random(5);
  const cases: readonly (readonly [axis: number, count: number, data: Shape, places: Shape])[] = [
    [0, 1, [5], [1, 1]],
    [0, 1, [4, 3], [7, 1]],
    [1, 1, [3, 4, 17], [2, 3, 1]],
    [2, 1, [3, 4, 5], [2, 1]],
    [0, 2, [4, 6, 8], [5, 2]],
    [0, 3, [2, 3, 4], [6, 3]],
  ];
  return cases.flatMap(([axis, count, shape, places]) => {
    const op: Op = { type: 'gather', attributes: { axis, count } };
    return [indices(places), tensorType('int32', places)].map((index) =>
      oneOp(op, [typed(dtype, shape), index], (to) => typed(dtype, to), 'exact', random, `gather ${dtype} ${shape}`),
    );
  });
}

function argReductions(dtype: DType): Case[] {
  const random = new Random(6);
  const shapes: readonly (readonly [number, Shape])[] = [
    [0, [7]],
    [1, [3, 5, 4]],
    [2, [2, 3, 21]],
  ];
  return shapes.flatMap(([axis, shape]) =>
    (['max', 'min'] as const).map((kind) => {
      const op: Op = { type: 'arg-reduce', attributes: { kind, axis } };
      const output = (to: Shape) => tensorType('int32', to);
      return oneOp(op, [typed(dtype, shape)], output, 'exact', random, `arg ${kind} ${dtype} ${shape}`);
    }),
  );
}

function casts(): Case[] {
  const dtypes = ['float32', 'int8', 'uint8', 'int16', 'int32', 'bool'] as const;
  const random = new Random(7);
  return dtypes.flatMap((from) =>
    dtypes.map((to) => {
      const cast: Op = { type: 'cast', attributes: {} };
      const output = (shape: Shape) => tensorType(to, shape);
      return oneOp(cast, [tensorType(from, [37])], output, 'exact', random, `cast ${from} ${to}`);
    }),
  );
}

function resizes(dtype: DType, integers: 'fixed' | 'real-uint8'): Case[] {
  const random = new Random(8);
  const cases: readonly (readonly [shape: Shape, height: number, width: number])[] = [
    [[1, 2, 3, 1], 5, 4],
    [[2, 4, 4, 3], 8, 8],
    [[1, 5, 7, 4], 3, 2],
    [[1, 1, 1, 9], 2, 3],
  ];
  return cases.flatMap(([shape, height, width]) =>
    ['plain', 'corners', 'half'].map((mode) => {
      const attributes = {
        height,
        width,
        alignCorners: mode === 'corners',
        halfPixelCenters: mode === 'half',
        integers,
      };
      const op: Op = { type: 'resize-bilinear', attributes };
      return oneOp(
        op,
        [typed(dtype, shape)],
        (to) => typed(dtype, to),
        'exact',
        random,
        `resize ${dtype} ${integers} ${mode}`,
      );
    }),
  );
}

function comparisons(dtype: DType): Case[] {
  const random = new Random(9);
  const relations = ['equal', 'not-equal', 'less', 'less-equal', 'greater', 'greater-equal'] as const;
  const patterns: readonly (readonly [Shape, Shape])[] = [
    [[7], [7]],
    [[], [3, 4]],
    [
      [2, 3, 1],
      [1, 3, 5],
    ],
  ];
  return patterns.flatMap(([a, b]) => {
    const sides = [typed(dtype, a), typed(dtype, b)];
    const select: Op = { type: 'select', attributes: {} };
    const chosen = (condition: Shape) =>
      oneOp(
        select,
        [tensorType('bool', condition), ...sides],
        (to) => typed(dtype, to),
        'exact',
        random,
        `select ${dtype} by ${condition}`,
      );
    const compared = relations.map((relation) => {
      const op: Op = { type: 'compare', attributes: { relation } };
      return oneOp(op, sides, (to) => tensorType('bool', to), 'exact', random, `${relation} ${dtype} ${a} ${b}`);
    });
    return [...compared, chosen(a), chosen(b), chosen([])];
  });
}

describe('gather, arg-reduce, cast, resize-bilinear, compare and select in C equal the reference', () => {
  const all = [
    ...(['float32', 'int8', 'int16', 'int32', 'bool'] as const).flatMap(gathers),
    ...(['float32', 'int8', 'uint8', 'int32'] as const).flatMap(argReductions),
    ...casts(),
    ...(['float32', 'int8', 'int32', 'bool'] as const).flatMap(comparisons),
    ...resizes('float32', 'fixed'),
    ...resizes('int8', 'fixed'),
    ...resizes('int8', 'real-uint8'),
  ];
  it('sanitized', () => expectSameAsReference(all, SANITIZED));
  it.each(OTHER_COMPILERS)('with $compiler', (options) => expectSameAsReference(all, options));
});
