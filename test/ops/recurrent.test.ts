import { describe, expect, test } from 'vitest';
import type { Op } from '../../converter/ops/op.ts';
import { type Cell, cellGates } from '../../converter/ops/recurrent.ts';
import { evaluateOp, opViolations, outputShapes } from '../../converter/ops/registry.ts';
import { theVariable, unary } from '../../converter/ops/scalar-expression.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { float } from './helpers.ts';

const logistic = unary('logistic', theVariable);
const tanh = unary('tanh', theVariable);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function layer(cell: Cell, options: Partial<Op<'recurrent'>['attributes']> = {}): Op<'recurrent'> {
  const activations = cell === 'rnn' ? [tanh] : [logistic, tanh, tanh].slice(0, cellGates[cell].functions);
  const usual = { cell, activations, linearBeforeReset: false, clip: Number.POSITIVE_INFINITY, reverse: false };
  return { type: 'recurrent', attributes: { ...usual, ...options } };
}

function results(op: Op<'recurrent'>, inputs: readonly ReturnType<typeof float>[]): number[][] {
  const types = outputShapes(
    op,
    inputs.map(({ type }) => type),
  ).map((shape) => tensorType('float32', shape));
  expect(
    opViolations(
      op,
      inputs.map(({ type }) => type),
      types,
    ),
  ).toEqual([]);
  return evaluateOp(op, inputs, types, 'exact').map(({ data }) => Array.from(data, Number));
}

function expectClose(found: readonly number[] | undefined, expected: readonly number[]): void {
  expect(found?.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(found?.[i]).toBeCloseTo(value, 6);
}

/** One input, one unit: the equations of the operator specification can be written down. */
describe('one unit', () => {
  const x = [0.5, -1, 2];
  const sequence = float([3, 1, 1], x);

  test('rnn', () => {
    let h = 0.1;
    const expected = x.map((value) => (h = Math.tanh(0.3 * value - 0.7 * h + 0.05)));
    const inputs = [sequence, float([1, 1], [0.3]), float([1, 1], [-0.7]), float([1], [0.05]), float([1, 1], [0.1])];
    const [all, last] = results(layer('rnn'), inputs);
    expectClose(all, expected);
    expect(last?.[0]).toBeCloseTo(h, 6);
  });

  test('lstm: gates in the order input, output, forget, cell', () => {
    const [w, r, b] = [
      [0.1, 0.2, 0.3, 0.4],
      [0.5, -0.6, 0.7, -0.8],
      [0.01, 0.02, 0.03, 0.04],
    ];
    let [h, c] = [0.2, -0.3];
    const expected = x.map((value) => {
      const [i = 0, o = 0, f = 0, g = 0] = w.map((weight, k) => weight * value + (r[k] ?? 0) * h + (b[k] ?? 0));
      c = sigmoid(f) * c + sigmoid(i) * Math.tanh(g);
      h = sigmoid(o) * Math.tanh(c);
      return h;
    });
    const begin = [float([1, 1], [0.2]), float([1, 1], [-0.3])];
    const [all, last, cell] = results(layer('lstm'), [
      sequence,
      float([4, 1], w),
      float([4, 1], r),
      float([4], b),
      ...begin,
    ]);
    expectClose(all, expected);
    expect(last?.[0]).toBeCloseTo(h, 6);
    expect(cell?.[0]).toBeCloseTo(c, 6);
  });

  test.each([false, true])('gru: gates in the order update, reset, candidate; linear before reset: %s', (linear) => {
    const [w, r, b] = [
      [0.1, 0.2, 0.3],
      [0.5, -0.6, 0.7],
      [0.01, 0.02, 0.03, 0.25],
    ];
    let h = 0.4;
    const expected = x.map((value) => {
      const z = sigmoid(0.1 * value + 0.5 * h + 0.01);
      const reset = sigmoid(0.2 * value - 0.6 * h + 0.02);
      const own = linear ? reset * (0.7 * h + 0.25) : 0.7 * (reset * h);
      const n = Math.tanh(0.3 * value + 0.03 + own);
      h = (1 - z) * n + z * h;
      return h;
    });
    const inputs = [sequence, float([3, 1], w), float([3, 1], r), float([4], b), float([1, 1], [0.4])];
    const [all] = results(layer('gru', { linearBeforeReset: linear }), inputs);
    expectClose(all, expected);
  });

  test('in reverse, time runs from the end and results stand where their inputs do', () => {
    const rest = [float([1, 1], [0.3]), float([1, 1], [-0.7]), float([1], [0.05]), float([1, 1], [0])];
    const [forward] = results(layer('rnn'), [float([3, 1, 1], [...x].reverse()), ...rest]);
    const [backward] = results(layer('rnn', { reverse: true }), [sequence, ...rest]);
    expect(backward).toEqual([...(forward ?? [])].reverse());
  });

  test('the limit holds for what goes into the first functions', () => {
    const rest = [float([1, 1], [100]), float([1, 1], [0]), float([1], [0]), float([1, 1], [0])];
    const [all] = results(layer('rnn', { clip: 0.25 }), [sequence, ...rest]);
    expect(all?.map((value) => Math.round(value * 1e6))).toEqual(
      [0.25, -0.25, 0.25].map((value) => Math.round(Math.tanh(value) * 1e6)),
    );
  });
});

test('sizes that do not fit are named', () => {
  const types = (...shapes: readonly (readonly number[])[]) => shapes.map((shape) => tensorType('float32', shape));
  expect(() => outputShapes(layer('lstm'), types([1, 1, 2], [4, 2], [4, 1], [4], [1, 1]))).toThrow(
    'expected 6 inputs, found 5',
  );
  expect(() => outputShapes(layer('rnn'), types([1, 2], [1, 2], [1, 1], [1], [1, 1]))).toThrow('3 dimensions');
  expect(() => outputShapes(layer('gru'), types([1, 1, 2], [3, 2], [3, 1], [3], [1, 1]))).toThrow(
    'the bias must have shape 4',
  );
  expect(() => outputShapes(layer('rnn'), types([1, 2, 2], [1, 2], [1, 1], [1], [1, 1]))).toThrow('begins with');
  const bad = { ...layer('rnn'), attributes: { ...layer('rnn').attributes, activations: [] } };
  expect(opViolations(bad, types([1, 1, 2], [1, 2], [1, 1], [1], [1, 1]), types([1, 1, 1], [1, 1]))).toEqual([
    'a cell of kind rnn has 1 functions',
  ]);
});
