import { describe, it } from 'vitest';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import type { Op } from '../../../converter/ops/op.ts';
import type { DType } from '../../../converter/tensor/dtype.ts';
import { notQuantized, perTensor } from '../../../converter/tensor/quantization.ts';
import type { Rounding } from '../../../converter/tensor/requantize.ts';
import type { Shape } from '../../../converter/tensor/shape.ts';
import { type TensorType, tensorType } from '../../../converter/tensor/tensor.ts';
import { type Case, expectSameAsReference, OTHER_COMPILERS, SANITIZED } from './batch.ts';
import { oneOp } from './models.ts';
import { Random } from './random.ts';

const typed = (dtype: DType, shape: Shape): TensorType =>
  tensorType(
    dtype,
    shape,
    dtype === 'float32' || dtype === 'int32' || dtype === 'bool'
      ? notQuantized
      : perTensor(0.25, dtype === 'int8' ? -3 : 0),
  );

function moves(dtype: DType): Case[] {
  const random = new Random(1);
  const case_ = (op: Op, shapes: readonly Shape[]) =>
    oneOp(
      op,
      shapes.map((shape) => typed(dtype, shape)),
      (shape) => typed(dtype, shape),
      'exact',
      random,
      `${op.type} ${dtype} ${shapes.join(' ')}`,
    );
  const pad = (before: number[], after: number[], value: number): Op => ({
    type: 'pad',
    attributes: { before, after, value },
  });
  const slice = (begin: number[], size: number[], strides: number[]): Op => ({
    type: 'slice',
    attributes: { begin, size, strides },
  });
  const transpose = (...permutation: number[]): Op => ({ type: 'transpose', attributes: { permutation } });
  return [
    case_({ type: 'concat', attributes: { axis: 3 } }, [
      [1, 2, 3, 4],
      [1, 2, 3, 1],
      [1, 2, 3, 7],
    ]),
    case_({ type: 'concat', attributes: { axis: 1 } }, [
      [2, 2, 3],
      [2, 1, 3],
    ]),
    case_({ type: 'concat', attributes: { axis: 0 } }, [[2], [5]]),
    case_(pad([0, 1, 2, 0], [0, 2, 0, 0], 0), [[1, 3, 4, 5]]),
    case_(pad([1, 0], [0, 3], dtype === 'float32' ? 1.5 : 2), [[2, 3]]),
    case_(slice([0, 1, 0], [1, 2, 4], [1, 1, 1]), [[2, 4, 4]]),
    case_(slice([1, 3], [2, 3], [-1, -1]), [[2, 4]]),
    case_(slice([0, 1], [3, 2], [2, 3]), [[6, 7]]),
    case_(slice([1, 0], [5, 4], [0, 1]), [[2, 4]]),
    case_(slice([0, 0, 0], [3, 2, 6], [0, 1, 0]), [[1, 2, 1]]),
    case_(slice([0, 0], [3, 5], [0, 0]), [[1, 1]]),
    case_(transpose(0, 2, 3, 1), [[1, 3, 4, 5]]),
    case_(transpose(0, 3, 1, 2), [[2, 3, 4, 5]]),
    case_(transpose(1, 0, 2), [[3, 4, 8]]),
    case_(transpose(2, 1, 0), [[1, 7, 1]]),
  ];
}

function pools(dtype: DType): Case[] {
  const random = new Random(2);
  const shapes = [
    { input: [1, 6, 5, 3], kernel: [2, 2], strides: [2, 2], padding: [0, 0, 0, 0] },
    { input: [2, 5, 5, 4], kernel: [3, 3], strides: [1, 2], padding: [1, 1, 1, 1] },
    { input: [1, 4, 3, 8], kernel: [4, 3], strides: [1, 1], padding: [0, 0, 0, 0] },
    { input: [1, 3, 7, 1], kernel: [3, 2], strides: [3, 3], padding: [2, 0, 1, 1] },
  ] as const;
  return shapes.flatMap(({ input, kernel, strides, padding: [top, left, bottom, right] }) =>
    (['average', 'max'] as const).flatMap((kind) =>
      (['away', 'up'] as const).map((ties) => {
        const window = { strides, dilations: [1, 1] as const, padding: { top, left, bottom, right } };
        const clamp = ties === 'up' && kind === 'max' ? { min: -1, max: 6 } : noClamp;
        const op: Op = { type: 'pool-2d', attributes: { kind, kernel, clamp, ties, ...window } };
        return oneOp(
          op,
          [typed(dtype, input)],
          (shape) => typed(dtype, shape),
          'exact',
          random,
          `${kind} ${ties} ${dtype} ${input}`,
        );
      }),
    ),
  );
}

function reductions(dtype: DType, rounding: Rounding): Case[] {
  const random = new Random(3);
  const list = [
    { shape: [1, 4, 5, 3], axes: [1, 2] },
    { shape: [2, 3, 4], axes: [2] },
    { shape: [2, 3, 4], axes: [0, 2] },
    { shape: [7], axes: [0] },
  ];
  const kinds = ['mean', 'sum', 'max', 'min', ...(dtype === 'float32' ? (['product'] as const) : [])] as const;
  return list.flatMap(({ shape, axes }, i) =>
    kinds.map((kind) => {
      const op: Op = { type: 'reduce', attributes: { kind, axes, keepDims: i % 2 === 0 } };
      const rescaled = dtype !== 'float32' && (kind === 'mean' || kind === 'sum');
      const output = (to: Shape) =>
        rescaled
          ? tensorType(dtype, to, perTensor(kind === 'sum' ? 3 : 0.11, dtype === 'int16' ? 0 : 9))
          : typed(dtype, to);
      return oneOp(
        op,
        [typed(dtype, shape)],
        output,
        rounding,
        random,
        `reduce ${kind} ${dtype} ${shape} over ${axes}`,
      );
    }),
  );
}

/** A constant that is an output, a reshape between two operators, two outputs, an input that is an output. */
function wholePrograms(): Case[] {
  const random = new Random(4);
  const builder = new GraphBuilder();
  const type = typed('int8', [2, 6]);
  const x = builder.input('x', type);
  const flat = builder.node(
    'RESHAPE',
    { type: 'reshape', attributes: { shape: [12] } },
    [x],
    typed('int8', [12]),
    'flat',
  );
  const back = builder.node(
    'FLIP',
    { type: 'slice', attributes: { begin: [11], size: [12], strides: [-1] } },
    [flat],
    typed('int8', [12]),
    'back',
  );
  const sum = builder.node(
    'ADD',
    { type: 'zip', attributes: { fn: 'add', clamp: noClamp } },
    [flat, back],
    typed('int8', [12]),
    'sum',
  );
  builder.output('sum', sum);
  builder.output('back', back);
  builder.output('constant', builder.constant('k', random.tensor(typed('int8', [5]))));
  return [{ name: 'program', graph: builder.build('program', 'a test', 'exact'), inputs: [random.tensor(type)] }];
}

describe('movement, pooling and reduction in C equal the reference', () => {
  const dtypes: readonly DType[] = ['int8', 'uint8', 'int16', 'float32'];
  it('concat, pad, slice, transpose', () =>
    expectSameAsReference(
      [...(['int8', 'uint8', 'int16', 'int32', 'float32', 'bool'] as const).flatMap(moves), ...wholePrograms()],
      SANITIZED,
    ));
  it('pool-2d', () => expectSameAsReference(dtypes.flatMap(pools), SANITIZED));
  it.each(['exact', 'single', 'float'] as const)('reduce %s', (rounding) =>
    expectSameAsReference(
      dtypes.flatMap((dtype) => reductions(dtype, rounding)),
      SANITIZED,
    ),
  );
  it.each(OTHER_COMPILERS)('all of them, with $compiler', (options) => {
    const all = (['int8', 'float32'] as const).flatMap((dtype) => [
      ...moves(dtype),
      ...pools(dtype),
      ...reductions(dtype, 'exact'),
    ]);
    return expectSameAsReference([...all, ...wholePrograms()], options);
  });
});
