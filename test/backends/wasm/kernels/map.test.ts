import { describe, expect, test } from 'vitest';
import { hardSwish } from '../../../../converter/ops/hard-swish.ts';
import {
  binary,
  constant,
  evaluateExpression,
  type ScalarExpression,
  type UnaryFunction,
  unary,
  theVariable as x,
} from '../../../../converter/ops/scalar-expression.ts';
import { perTensor } from '../../../../converter/tensor/quantization.ts';
import { type Tensor, tensorType } from '../../../../converter/tensor/tensor.ts';
import { emit, runModule, singleNode } from '../run-graph.ts';
import { expectSame } from './expect-same.ts';

const functions: readonly UnaryFunction[] = [
  'neg',
  'abs',
  'exp',
  'expm1',
  'log',
  'log1p',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'asinh',
  'acosh',
  'atanh',
  'sqrt',
  'rsqrt',
  'tanh',
  'logistic',
  'erf',
  'floor',
  'ceil',
  'round',
  'sign',
  'square',
];

function mapOf(expression: ScalarExpression, count: number) {
  const type = tensorType('float32', [count]);
  return singleNode({ type: 'map', attributes: { expression } }, [type], type);
}

describe('map float32', () => {
  test.each([1, 3, 4, 5, 17])('%i elements', (count) => expectSame(mapOf(hardSwish, count)));
  test('leaky', () => expectSame(mapOf(binary('max', x, binary('mul', x, constant(0.1))), 20)));
  test('erf-like chain', () => {
    expectSame(mapOf(binary('mul', x, unary('logistic', binary('mul', x, constant(1.702)))), 31));
  });

  test.each(functions)('%s over the range of float32', (fn) => {
    const values = [
      0, -0, 1, -1, 0.5, -0.5, 1e-3, -1e-3, 1e-30, -1e-30, 1e-42, 1e30, -1e30, 88.7, -87.5, -100, 89, 104, -104,
    ];
    for (let i = -400; i <= 400; i++)
      values.push(i / 37, 1 + i / 4000, Math.exp(i / 5), -Math.exp(i / 4.6), i * 2621.4375);
    values.push(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN);
    const graph = mapOf(unary(fn, x), values.length);
    const input: Tensor = { type: tensorType('float32', [values.length]), data: Float32Array.from(values) };
    const [actual] = runModule(emit(graph), [input]);
    const wrong = Array.from(input.data, Number).filter((value, i) => {
      const expected = evaluateExpression(unary(fn, x), value);
      const got = Number(actual?.data[i]);
      if (Object.is(expected, got) || expected === got || (Number.isNaN(expected) && Number.isNaN(got))) return false;
      return !(Math.abs(expected - got) <= 4e-7 * Math.abs(expected) + 2e-45);
    });
    expect(wrong).toEqual([]);
  });
});

describe('map of bytes', () => {
  const expressions = { relu: binary('max', x, constant(0)), tanh: unary('tanh', x), hardSwish };
  for (const dtype of ['int8', 'uint8'] as const) {
    test.each(Object.entries(expressions))(`${dtype} %s`, (_, expression) => {
      const [input, output] = [perTensor(0.05, 3), perTensor(0.04, 5)].map((q) => tensorType(dtype, [300], q));
      if (input === undefined || output === undefined) return;
      expectSame(singleNode({ type: 'map', attributes: { expression } }, [input], output));
    });
  }
});

describe('map of int16', () => {
  const slope = (c: number) => binary('max', x, binary('mul', x, constant(c)));
  const forms = [x, binary('max', x, constant(0)), slope(0.1), slope(0.77), unary('abs', x)];
  for (const rounding of ['exact', 'single'] as const) {
    test.each([0.0003, 0.0001, 0.002])(`to scale %f, ${rounding}`, (scale) => {
      const [input, output] = [
        tensorType('int16', [301], perTensor(0.0003, 0)),
        tensorType('int16', [301], perTensor(scale, 0)),
      ];
      for (const expression of forms) {
        expectSame(singleNode({ type: 'map', attributes: { expression } }, [input], output, rounding));
      }
    });
  }
});
