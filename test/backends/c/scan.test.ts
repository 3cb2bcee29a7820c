import { describe, it } from 'vitest';
import type { Op } from '../../../converter/ops/op.ts';
import type { ScatterReduction } from '../../../converter/ops/scatter.ts';
import type { DType } from '../../../converter/tensor/dtype.ts';
import { notQuantized, perTensor } from '../../../converter/tensor/quantization.ts';
import { elementCount, type Shape } from '../../../converter/tensor/shape.ts';
import { type Tensor, tensorType } from '../../../converter/tensor/tensor.ts';
import { type Case, expectSameAsReference, OTHER_COMPILERS, SANITIZED } from './batch.ts';
import { oneOp } from './models.ts';
import { Random } from './random.ts';

const typed = (dtype: DType, shape: Shape) =>
  tensorType(dtype, shape, dtype === 'int8' ? perTensor(0.5, -3) : notQuantized);

/** Indices from -1 to 6 with repetitions, so that some lie outside. */
function indices(shape: Shape): Tensor {
  const data = Int32Array.from({ length: elementCount(shape) }, (_, i) => ((i * 5 + (i >> 2)) % 8) - 1);
  return { type: tensorType('int32', shape), data };
}

function scatters(dtype: DType): Case[] {
  const random = new Random(15);
  const cases: readonly (readonly [axis: number, count: number, data: Shape, places: Shape])[] = [
    [0, 1, [5], [9, 1]],
    [1, 1, [3, 4, 7], [2, 3, 1]],
    [2, 1, [3, 4, 5], [2, 1]],
    [0, 3, [2, 3, 4], [16, 3]],
  ];
  const joins = dtype === 'float32' || dtype === 'int32' || dtype === 'int64';
  const reductions: readonly ScatterReduction[] = joins ? ['none', 'add', 'mul', 'max', 'min'] : ['none'];
  return reductions.flatMap((reduction) =>
    cases.map(([axis, count, shape, places]) => {
      const op: Op = { type: 'scatter', attributes: { axis, count, reduction } };
      const updates = [...shape.slice(0, axis), ...places.slice(0, -1), ...shape.slice(axis + count)];
      const inputs = [typed(dtype, shape), indices(places), typed(dtype, updates)];
      const name = `scatter ${reduction} ${dtype} ${shape}`;
      return oneOp(op, inputs, (to) => typed(dtype, to), 'exact', random, name);
    }),
  );
}

const rows: readonly (readonly [axis: number, shape: Shape])[] = [
  [0, [7]],
  [1, [3, 5, 4]],
  [2, [2, 3, 11]],
];

function scans(dtype: DType): Case[] {
  const random = new Random(16);
  return rows.flatMap(([axis, shape]) =>
    [0, 1, 2, 3].map((bits) => {
      const kind = bits === 3 || dtype !== 'float32' ? 'product' : 'sum';
      const op: Op = {
        type: 'cumulative',
        attributes: { kind: bits === 0 ? 'sum' : kind, axis, exclusive: bits % 2 === 1, reverse: bits > 1 },
      };
      return oneOp(
        op,
        [typed(dtype, shape)],
        (to) => typed(dtype, to),
        'exact',
        random,
        `scan ${bits} ${dtype} ${shape}`,
      );
    }),
  );
}

function tops(dtype: DType): Case[] {
  const random = new Random(17);
  return rows.flatMap(([axis, shape]) =>
    [1, shape[axis] ?? 1].map((k) => {
      const op: Op = { type: 'top-k', attributes: { k, axis, largest: k === 1 } };
      const name = `top ${k} ${dtype} ${shape}`;
      return oneOp(op, [typed(dtype, shape)], (to) => tensorType('int32', to), 'exact', random, name);
    }),
  );
}

/** What has kernels for int64. */
function wides(): Case[] {
  const random = new Random(18);
  const wide = (...shape: number[]) => tensorType('int64', shape);
  const asWide = (shape: Shape) => tensorType('int64', shape);
  const case_ = (op: Op, inputs: Parameters<typeof oneOp>[1], output = asWide, name = '') =>
    oneOp(op, inputs, output, 'exact', random, `int64 ${op.type} ${name}`);
  const clamp = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
  const constants = { type: wide(3), data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, -1n) };
  return [
    ...(['add', 'sub', 'mul', 'div', 'max', 'min', 'floor-div', 'floor-mod'] as const).flatMap((fn) => [
      case_({ type: 'zip', attributes: { fn, clamp } }, [wide(7, 1), wide(1, 5)], asWide, fn),
      case_({ type: 'zip', attributes: { fn, clamp } }, [wide(7, 1), constants], asWide, fn),
      case_({ type: 'zip', attributes: { fn, clamp } }, [constants, { ...constants, type: wide(3, 1) }], asWide, fn),
    ]),
    ...(['equal', 'less', 'greater-equal'] as const).map((relation) =>
      case_({ type: 'compare', attributes: { relation } }, [wide(7), wide(7)], (to) => tensorType('bool', to)),
    ),
    ...(['float32', 'int8', 'uint8', 'int16', 'int32', 'bool'] as const).flatMap((dtype) => [
      case_({ type: 'cast', attributes: {} }, [wide(37)], (to) => tensorType(dtype, to), `to ${dtype}`),
      case_({ type: 'cast', attributes: {} }, [tensorType(dtype, [37])], asWide, `from ${dtype}`),
    ]),
    case_({ type: 'arg-reduce', attributes: { kind: 'max', axis: 1 } }, [tensorType('float32', [3, 9])]),
    case_({ type: 'gather', attributes: { axis: 0, count: 1 } }, [wide(9, 3), indices([4, 1])]),
    case_({ type: 'select', attributes: {} }, [tensorType('bool', [5]), wide(5), wide(1)]),
    case_({ type: 'slice', attributes: { begin: [4], size: [3], strides: [-2] } }, [wide(6)]),
    case_({ type: 'concat', attributes: { axis: 0 } }, [wide(2, 3), wide(1, 3)]),
    case_({ type: 'pad', attributes: { before: [1], after: [2], value: -7 } }, [wide(3)]),
    case_({ type: 'transpose', attributes: { permutation: [1, 0] } }, [wide(3, 4)]),
    // An odd number of bytes before, so that the alignment matters.
    case_({ type: 'gather', attributes: { axis: 0, count: 1 } }, [tensorType('int8', [5]), indices([3, 1])], (to) =>
      tensorType('int8', to),
    ),
  ];
}

describe('scatter, cumulative, top-k and int64 in C equal the reference', () => {
  const all = [
    ...(['float32', 'int8', 'int16', 'int32', 'int64', 'bool'] as const).flatMap(scatters),
    ...(['float32', 'int32', 'int64'] as const).flatMap(scans),
    ...(['float32', 'int8', 'uint8', 'int16', 'int32', 'int64'] as const).flatMap(tops),
    ...wides(),
  ];
  it('sanitized', () => expectSameAsReference(all, SANITIZED));
  it.each(OTHER_COMPILERS)('with $compiler', (options) => expectSameAsReference(all, options));
});
