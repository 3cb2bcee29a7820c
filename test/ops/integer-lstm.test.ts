import { describe, expect, test } from 'vitest';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { foldedBias, integerLstmConstants } from '../../converter/ops/integer-lstm.ts';
import type { Op } from '../../converter/ops/op.ts';
import { evaluateOp, opViolations, outputShapes } from '../../converter/ops/registry.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import type { Tensor, TensorType } from '../../converter/tensor/tensor.ts';
import { integerLstmCases, integerLstmGraph } from '../backends/integer-lstm-cases.ts';
import { int8, tensor } from './helpers.ts';

const layer = (coupled: boolean, cellClip = 0): Op<'integer-lstm'> => ({
  type: 'integer-lstm',
  attributes: { coupled, cellClip },
});

/** One input, one unit; real weights are the stored ones times 0.01, the input scale is 1/128, that of the state 1/256. */
function operands(gates: number, x: readonly number[], hidden = 0, cell = 0): Tensor[] {
  const column = (values: readonly number[]) => int8([gates, 1], values.slice(4 - gates), 0.01);
  return [
    int8([x.length, 1, 1], x, 1 / 128),
    column([50, -80, 100, 120]),
    column([-30, 60, 20, -90]),
    tensor('int32', [gates], [1000, -2000, 3000, 500].slice(4 - gates)),
    int8([1, 1], [hidden], 1 / 256),
    tensor('int16', [1, 1], [cell], perTensor(2 ** -11, 0)),
  ];
}

const types = (inputs: readonly Tensor[]) => inputs.map(({ type }) => type);

function outputTypes(op: Op<'integer-lstm'>, inputs: readonly Tensor[]): TensorType[] {
  const [, , , , h, c] = types(inputs);
  if (h === undefined || c === undefined) throw new Error('six inputs');
  return outputShapes(op, types(inputs)).map((shape, i) => ({ ...(i < 2 ? h : c), shape }));
}

function run(op: Op<'integer-lstm'>, inputs: readonly Tensor[]): number[][] {
  const outputs = outputTypes(op, inputs);
  expect(opViolations(op, types(inputs), outputs)).toEqual([]);
  return evaluateOp(op, inputs, outputs, 'single').map(({ data }) => Array.from(data, Number));
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The same layer in real numbers: i o f c, or o f c. */
function realLayer(coupled: boolean, x: readonly number[], clip: number): { h: number[]; c: number } {
  let [h, c] = [0, 0];
  const weights = [0.5, -0.8, 1, 1.2];
  const recurrent = [-0.3, 0.6, 0.2, -0.9];
  const bias = [1000, -2000, 3000, 500].map((b) => (b * 0.01) / 128);
  const results = x.map((value) => {
    const sum = (gate: number) => (weights[gate] ?? 0) * value + (recurrent[gate] ?? 0) * h + (bias[gate] ?? 0);
    const f = sigmoid(sum(2));
    const i = coupled ? 1 - f : sigmoid(sum(0));
    c = Math.max(-clip, Math.min(clip, f * c + i * Math.tanh(sum(3))));
    h = sigmoid(sum(1)) * Math.tanh(c);
    return h;
  });
  return { h: results, c };
}

describe('one unit', () => {
  const x = [100, -128, 17, 127, 64];

  test.each([false, true])('follows the real layer (coupled: %s)', (coupled) => {
    const [all, last, cell] = run(layer(coupled), operands(coupled ? 3 : 4, x));
    const real = realLayer(
      coupled,
      x.map((value) => value / 128),
      Number.POSITIVE_INFINITY,
    );
    real.h.forEach((h, t) => {
      expect(Math.abs((all?.[t] ?? 0) / 256 - h)).toBeLessThan(1.5 / 256);
    });
    expect(last).toEqual([all?.at(-1)]);
    expect(Math.abs((cell?.[0] ?? 0) / 2048 - real.c)).toBeLessThan(0.01);
  });

  test('the cell state is limited', () => {
    const [, , cell] = run(layer(false, 300), operands(4, x));
    expect(cell).toEqual([300]);
    expect(
      realLayer(
        false,
        x.map((value) => value / 128),
        300 / 2048,
      ).c,
    ).toBeCloseTo(300 / 2048, 10);
  });

  test('begins with the states it is given', () => {
    const [first] = run(layer(false), operands(4, [40], 0, 0));
    const [second] = run(layer(false), operands(4, [40], 100, 2000));
    expect(second).not.toEqual(first);
    const twice = run(layer(false), operands(4, [40, 41]));
    const once = run(layer(false), operands(4, [40]));
    const after = run(layer(false), operands(4, [41], once[1]?.[0], once[2]?.[0]));
    expect(after.slice(1)).toEqual(twice.slice(1));
  });
});

test('cases of the back ends are not all saturated', () => {
  for (const options of integerLstmCases.slice(1)) {
    const { graph, inputs } = integerLstmGraph(options);
    const fed = graph.inputs.map((_, i) => inputs[i] ?? expect.fail('an input'));
    const [all] = evaluateGraph(graph, fed);
    expect(new Set(Array.from(all?.data ?? [], Number)).size).toBeGreaterThan(3);
  }
});

test('constants: factors to Q3.12, shift of the update, zero points in the bias', () => {
  const inputs = operands(4, [1]);
  const constants = integerLstmConstants(layer(false).attributes, types(inputs));
  // 0.01f / 128 * 4096 = 0.32: 0.64 * 2^-1.
  expect(constants.inputFactors[0]).toEqual({ multiplier: Math.round(Math.fround(0.01) * 64 * 2 ** 31), shift: -1 });
  expect(constants.cellBits).toBe(4);
  expect(constants.updateShift).toBe(19);
  expect(constants.outputFactor).toEqual({ multiplier: 2 ** 30, shift: -21 });
  expect(Array.from(foldedBias(Int8Array.of(1, 2, 3, -4), -3, Int32Array.of(10, 20), 2))).toEqual([19, 17]);
  expect(Array.from(foldedBias(Int8Array.of(1, 2, 3, -4), 5, null, 2))).toEqual([-15, 5]);
});

describe('what a layer does not take', () => {
  const good = operands(4, [1]);
  const replaced = (index: number, by: Tensor) => good.map((operand, i) => (i === index ? by : operand));
  const faults = (inputs: readonly Tensor[], op = layer(false)) => {
    const [, , , , h, c] = types(good);
    if (h === undefined || c === undefined) throw new Error('six inputs');
    return opViolations(op, types(inputs), [{ ...h, shape: [1, 1, 1] }, h, c]);
  };

  test('other dtypes, scales and limits', () => {
    expect(faults(good)).toEqual([]);
    expect(faults(replaced(3, tensor('float32', [4], [0, 0, 0, 0])))).not.toEqual([]);
    expect(faults(replaced(5, tensor('int16', [1, 1], [0], perTensor(0.0005, 0))))).not.toEqual([]);
    expect(faults(replaced(1, int8([4, 1], [1, 2, 3, 4], 0.01, 3)))).toEqual([
      'weights need one scale for each gate and zero point 0',
    ]);
    expect(faults(replaced(0, int8([1, 1, 1], [1], 2 ** 40)))).toHaveLength(4);
    expect(faults(good, layer(false, 40000))).toEqual(['the limit 40000 is no int16']);
  });

  test('other shapes', () => {
    expect(() => outputShapes(layer(true), types(good))).toThrow('the weights must have shape');
    expect(() => outputShapes(layer(false), types(good).slice(1))).toThrow('expected 6 inputs');
  });
});
