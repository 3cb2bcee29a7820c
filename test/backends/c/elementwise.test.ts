import { describe, it } from 'vitest';
import { noClamp } from '../../../converter/ops/definition.ts';
import { hardSwish } from '../../../converter/ops/hard-swish.ts';
import type { Op } from '../../../converter/ops/op.ts';
import {
  binary,
  constant,
  type ScalarExpression,
  theVariable,
  unary,
} from '../../../converter/ops/scalar-expression.ts';
import type { ZipFunction } from '../../../converter/ops/zip.ts';
import type { DType } from '../../../converter/tensor/dtype.ts';
import { notQuantized, perTensor, type Quantization } from '../../../converter/tensor/quantization.ts';
import type { Rounding } from '../../../converter/tensor/requantize.ts';
import type { Shape } from '../../../converter/tensor/shape.ts';
import { type TensorType, tensorType } from '../../../converter/tensor/tensor.ts';
import { type Case, expectSameAsReference, OTHER_COMPILERS, SANITIZED } from './batch.ts';
import { oneOp } from './models.ts';
import { Random } from './random.ts';

const roundings: readonly Rounding[] = ['exact', 'single', 'float'];
const quantized = (dtype: DType, shape: Shape, scale: number, zero: number): TensorType => {
  const type: Quantization =
    dtype === 'float32' || dtype === 'int32' ? notQuantized : perTensor(Math.fround(scale), zero);
  return tensorType(dtype, shape, type);
};
const zeroFor = (dtype: DType, zero: number) => (dtype === 'uint8' ? zero + 128 : dtype === 'int16' ? 0 : zero);

function zips(dtype: DType, rounding: Rounding): Case[] {
  const random = new Random(7);
  const pairs: readonly (readonly [Shape, Shape])[] = [
    [
      [1, 3, 3, 5],
      [1, 3, 3, 5],
    ],
    [[1, 3, 3, 5], [5]],
    [
      [2, 1, 4],
      [3, 1],
    ],
    [[1], [2, 3, 4]],
    [
      [4, 1],
      [1, 5],
    ],
  ];
  const functions: readonly ZipFunction[] = [
    'add',
    'sub',
    'mul',
    'max',
    'min',
    ...(dtype === 'float32' || dtype === 'int32' ? (['div', 'floor-div', 'floor-mod', 'rem', 'pow'] as const) : []),
    ...(dtype === 'float32' ? (['atan2'] as const) : []),
  ];
  return functions.flatMap((fn) =>
    pairs.map(([a, b], i) => {
      const select = fn === 'max' || fn === 'min';
      const clamp = i === 1 ? { min: 0, max: 1.5 } : noClamp;
      const q = (shape: Shape, scale: number, zero: number) =>
        select
          ? quantized(dtype, shape, 0.02, zeroFor(dtype, 3))
          : quantized(dtype, shape, scale, zeroFor(dtype, zero));
      const bScale = i === 2 ? 0.03 : 0.007;
      return oneOp(
        { type: 'zip', attributes: { fn, clamp } },
        [q(a, 0.03, -5), i === 3 ? random.tensor(q(b, bScale, 11)) : q(b, bScale, 11)],
        (shape) => q(shape, i === 4 ? 0.002 : 0.05, 4),
        rounding,
        random,
        `${fn} ${dtype} ${rounding} ${a} ${b}`,
      );
    }),
  );
}

const expressions: readonly ScalarExpression[] = [
  theVariable,
  binary('max', theVariable, constant(0)),
  binary('min', binary('max', theVariable, constant(0)), constant(6)),
  binary('max', theVariable, binary('mul', theVariable, constant(0.1))),
  hardSwish,
  unary('expm1', theVariable),
  unary('expm1', binary('mul', theVariable, constant(1e-3))),
  unary('round', binary('mul', theVariable, constant(4))),
  unary('sign', theVariable),
  unary('tanh', theVariable),
  unary('logistic', theVariable),
  unary('erf', theVariable),
  binary('mul', theVariable, unary('logistic', theVariable)),
  binary('div', unary('exp', unary('neg', theVariable)), binary('add', unary('square', theVariable), constant(1))),
  unary('sqrt', unary('abs', theVariable)),
  unary('rsqrt', binary('add', unary('abs', theVariable), constant(0.5))),
  binary('sub', unary('floor', theVariable), unary('ceil', theVariable)),
  unary('log', binary('add', unary('abs', theVariable), constant(1))),
  unary('log1p', unary('abs', theVariable)),
  ...(['sin', 'cos', 'tan', 'atan', 'sinh', 'cosh', 'asinh'] as const).map((fn) => unary(fn, theVariable)),
  ...(['asin', 'acos', 'atanh'] as const).map((fn) => unary(fn, binary('mul', theVariable, constant(0.24)))),
  unary('acosh', binary('add', unary('abs', theVariable), constant(1))),
];

function maps(dtype: DType): Case[] {
  return expressions.map((expression, i) =>
    oneOp(
      { type: 'map', attributes: { expression } },
      [quantized(dtype, [2, 150], 0.03, zeroFor(dtype, 5))],
      (shape) => quantized(dtype, shape, 0.01, zeroFor(dtype, -20)),
      'exact',
      new Random(20 + i),
      `map ${i} ${dtype}`,
    ),
  );
}

function rows(): Case[] {
  const softmax: Op = { type: 'softmax', attributes: { beta: 1 } };
  const steep: Op = { type: 'softmax', attributes: { beta: 2.5 } };
  const log: Op = { type: 'log-softmax', attributes: {} };
  const shapes: readonly Shape[] = [
    [1, 1],
    [1, 2],
    [3, 10],
    [1, 400],
    [2, 2, 5],
  ];
  return shapes.flatMap((shape, i) =>
    [softmax, steep, log].flatMap((op) => {
      const output = op.type === 'softmax' ? perTensor(1 / 256, -128) : perTensor(1 / 16, 127);
      const random = new Random(40 + i);
      return [
        ...[0.004, 0.05, 0.4, 3].map((scale) =>
          oneOp(
            op,
            [quantized('int8', shape, scale, 3)],
            (to) => tensorType('int8', to, output),
            'exact',
            random,
            `${op.type} int8 ${shape} ${scale}`,
          ),
        ),
        ...(op.type === 'softmax' ? [0.05, 3] : []).map((scale) =>
          oneOp(
            op,
            [quantized('int8', shape, scale, 3)],
            (to) => tensorType('int16', to, perTensor(1 / 65536, -32768)),
            'exact',
            random,
            `softmax int16 ${shape} ${scale}`,
          ),
        ),
        oneOp(
          op,
          [tensorType('float32', shape)],
          (to) => tensorType('float32', to),
          'exact',
          random,
          `${op.type} float ${shape}`,
        ),
      ];
    }),
  );
}

function conversions(rounding: Rounding): Case[] {
  const shape = [3, 7, 20];
  const random = new Random(60);
  const q = quantized;
  const one = (type: 'quantize' | 'dequantize' | 'requantize', from: TensorType, to: TensorType) =>
    oneOp({ type, attributes: {} }, [from], () => to, rounding, random, `${type} ${from.dtype} ${to.dtype}`);
  const real = tensorType('float32', shape);
  const perChannel: Quantization = {
    kind: 'per-channel',
    axis: 1,
    scales: [1, 2, 3, 4, 5, 6, 7],
    zeroPoints: [0, 1, 2, 3, 4, 5, 6],
  };
  return [
    one('quantize', real, q('int8', shape, 0.01, 4)),
    one('quantize', real, q('uint8', shape, 0.5, 0)),
    one('quantize', real, q('int16', shape, 0.0001, 0)),
    ...(['int8', 'uint8', 'int16'] as const).map((dtype) => one('dequantize', q(dtype, shape, 0.03, 3), real)),
    one('dequantize', tensorType('int8', shape, perChannel), real),
    one('requantize', q('int8', shape, 0.03, 3), q('int8', shape, 0.05, -7)),
    one('requantize', q('int8', shape, 0.05, 3), q('int8', shape, 0.05, -7)),
    one('requantize', q('int8', shape, 0.05, 3), q('int8', shape, 0.0004, 0)),
    one('requantize', q('uint8', shape, 0.05, 131), q('int8', shape, 0.05, 3)),
    one('requantize', q('int8', shape, 0.05, 3), q('uint8', shape, 0.05, 131)),
    one('requantize', q('int8', shape, 0.05, 3), q('uint8', shape, 0.06, 10)),
    one('requantize', q('int8', shape, 0.05, 3), q('int16', shape, 0.0003, 0)),
    one('requantize', q('int16', shape, 0.0003, 0), q('int8', shape, 0.05, 3)),
    one('requantize', q('int16', shape, 0.0003, -5), tensorType('int32', shape, perTensor(0.0006, 0))),
    one('requantize', q('int8', shape, 0.5, 3), tensorType('int32', shape, perTensor(0.0001, 40))),
  ];
}

describe('elementwise operators in C equal the reference', () => {
  const dtypes: readonly DType[] = ['int8', 'uint8', 'int16', 'float32'];
  it.each(roundings)('zip %s', (rounding) =>
    expectSameAsReference(
      [...dtypes, 'int32' as const].flatMap((dtype) => zips(dtype, rounding)),
      SANITIZED,
    ),
  );
  it('map', () => expectSameAsReference([...maps('int8'), ...maps('uint8'), ...maps('float32')], SANITIZED));
  it('map of int16', () => {
    const slope = (c: number) => binary('max', theVariable, binary('mul', theVariable, constant(c)));
    const forms = [
      theVariable,
      binary('max', theVariable, constant(0)),
      slope(0.1),
      slope(0.77),
      unary('abs', theVariable),
    ];
    const one = (expression: ScalarExpression, rounding: Rounding, scale: number) =>
      oneOp(
        { type: 'map', attributes: { expression } },
        [quantized('int16', [2, 150], 0.0003, 0)],
        (shape) => quantized('int16', shape, scale, 0),
        rounding,
        new Random(90),
        `map of int16 ${JSON.stringify(expression)} ${rounding} ${scale}`,
      );
    const cases = forms.flatMap((form) =>
      roundings.flatMap((r) => [0.0003, 0.0001, 0.002].map((s) => one(form, r, s))),
    );
    return expectSameAsReference(cases, SANITIZED);
  });
  it('softmax and log-softmax', () => expectSameAsReference(rows(), SANITIZED));
  it.each(roundings)('quantize, dequantize, requantize %s', (rounding) =>
    expectSameAsReference(conversions(rounding), SANITIZED),
  );
  it.each(OTHER_COMPILERS)('all of them, with $compiler', (options) => {
    const all = [...zips('int8', 'exact'), ...zips('float32', 'exact'), ...maps('int8'), ...maps('float32')];
    return expectSameAsReference([...all, ...rows(), ...conversions('single')], options);
  });
});
