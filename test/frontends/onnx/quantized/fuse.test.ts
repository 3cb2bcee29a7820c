import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { floats, integers, type ModelDraft, type NodeDraft } from '../draft.ts';
import { graphOf, int, operatorsOf, outputsOf } from './run.ts';

/** What every draft below needs: quantize `x`, compute, quantize the result `r` and read it as real numbers. */
function qdq(
  shape: readonly number[],
  nodes: readonly NodeDraft[],
  initializers: NonNullable<ModelDraft['initializers']> = {},
  [inputScale, outputScale] = [0.5, 0.25],
): ModelDraft {
  return {
    inputs: { x: shape },
    outputs: ['y'],
    initializers: {
      xs: floats([], [inputScale]),
      xz: integers('uint8', [], [100]),
      ys: floats([], [outputScale]),
      yz: integers('uint8', [], [20]),
      ...initializers,
    },
    nodes: [
      { op: 'QuantizeLinear', inputs: ['x', 'xs', 'xz'], outputs: ['xq'] },
      { op: 'DequantizeLinear', inputs: ['xq', 'xs', 'xz'], outputs: ['xr'] },
      ...nodes,
      { op: 'QuantizeLinear', inputs: ['r', 'ys', 'yz'], outputs: ['rq'] },
      { op: 'DequantizeLinear', inputs: ['rq', 'ys', 'yz'], outputs: ['y'] },
    ],
  };
}

const realOperators = (draft: ModelDraft) =>
  operatorsOf(graphOf(draft)).filter((name) => name.endsWith(' float32') && !/^(map|quantize) /.test(name));

describe('an operator between dequantize and quantize becomes one on integers', () => {
  const weights = {
    w: integers('int8', [2, 1, 1, 2], [1, -2, 3, 4]),
    ws: floats([2], [0.5, 0.25]),
    b: integers('int32', [2], [4, -8]),
    bs: floats([2], [0.25, 0.125]),
  };
  const conv: readonly NodeDraft[] = [
    { op: 'DequantizeLinear', inputs: ['w', 'ws'], outputs: ['wr'], attributes: [int('axis', 0)] },
    { op: 'DequantizeLinear', inputs: ['b', 'bs'], outputs: ['br'], attributes: [int('axis', 0)] },
    { op: 'Conv', inputs: ['xr', 'wr', 'br'], outputs: ['c'] },
  ];
  const relu = { op: 'Relu', inputs: ['c'], outputs: ['r'] };

  test('Conv with scales per channel and a Relu', () => {
    const draft = qdq([1, 1, 1, 3], [...conv, relu], weights);
    expect(realOperators(draft)).toEqual([]);
    expect(operatorsOf(graphOf(draft))).toContain('conv-2d int8');
    // Channel 0: 0.5 (a - 2 b) + 1; channel 1: 0.25 (3 a + 4 b) - 1.
    expect(outputsOf(graphOf(draft), [2, 4, 1])).toEqual([[0, 2, 4.5, 3]]);
  });

  test('not where the real numbers are read elsewhere, too', () => {
    const draft = qdq([1, 1, 1, 3], [...conv, relu], weights);
    expect(realOperators({ ...draft, outputs: ['y', 'c'] })).toContain('conv-2d float32');
  });

  test('not where the weights have zero points per channel', () => {
    const zeros = { wz: integers('int8', [2], [0, 1]) };
    const [w, ...rest] = conv;
    const nodes = [{ ...w, op: 'DequantizeLinear', inputs: ['w', 'ws', 'wz'], outputs: ['wr'] }, ...rest, relu];
    const draft = qdq([1, 1, 1, 3], nodes, { ...weights, ...zeros });
    expect(realOperators(draft)).toContain('conv-2d float32');
    // Channel 1: 0.25 (2 a + 3 b) - 1.
    expect(outputsOf(graphOf(draft), [2, 4, 1])).toEqual([[0, 2, 3, 1.75]]);
  });

  test('Gemm and MatMul with uint8 weights of a zero point', () => {
    const matrix = {
      m: integers('uint8', [2, 2], [10, 12, 9, 14]),
      ms: floats([], [0.5]),
      mz: integers('uint8', [], [11]),
    };
    const dequantized = { op: 'DequantizeLinear', inputs: ['m', 'ms', 'mz'], outputs: ['mr'] };
    for (const op of ['Gemm', 'MatMul']) {
      const draft = qdq([1, 2], [dequantized, { op, inputs: ['xr', 'mr'], outputs: ['r'] }], matrix);
      expect(realOperators(draft)).toEqual([]);
      // [2, 3] x [[-0.5, 0.5], [-1, 1.5]]
      expect(outputsOf(graphOf(draft), [2, 3])).toEqual([[-4, 5.5]]);
    }
  });

  test('MatMul of two computed matrices', () => {
    const draft = qdq([2, 2], [{ op: 'MatMul', inputs: ['xr', 'xr'], outputs: ['r'] }]);
    expect(operatorsOf(graphOf(draft))).toContain('matmul int8');
    expect(outputsOf(graphOf(draft), [1, 2, 0.5, -1])).toEqual([[2, 0, 0, 2]]);
  });

  test('functions, through a table', () => {
    const draft = qdq([3], [{ op: 'Sigmoid', inputs: ['xr'], outputs: ['r'] }], {}, [0.5, 1 / 256]);
    expect(operatorsOf(graphOf(draft))).toContain('map int8');
    const real = (x: number) => Math.min(235, Math.round(256 / (1 + Math.exp(-x)))) / 256;
    expect(outputsOf(graphOf(draft), [-3, 0, 1])).toEqual([[-3, 0, 1].map(real)]);
  });

  test('a chain of functions and constant factors is one table', () => {
    const nodes = [
      { op: 'Mul', inputs: ['xr', 'two'], outputs: ['a'] },
      { op: 'Sub', inputs: ['one', 'a'], outputs: ['b'] },
      { op: 'Abs', inputs: ['b'], outputs: ['r'] },
    ];
    const draft = qdq([3], nodes, { two: floats([], [2]), one: floats([1], [1]) });
    expect(operatorsOf(graphOf(draft)).filter((name) => name === 'map int8')).toHaveLength(1);
    expect(outputsOf(graphOf(draft), [-3, 0, 2])).toEqual([[7, 1, 3]]);
  });

  test('Concat of tensors of different scales', () => {
    const nodes = [
      { op: 'QuantizeLinear', inputs: ['x', 'other'], outputs: ['oq'] },
      { op: 'DequantizeLinear', inputs: ['oq', 'other'], outputs: ['or'] },
      { op: 'Concat', inputs: ['xr', 'or'], outputs: ['r'], attributes: [int('axis', 0)] },
    ];
    const draft = qdq([2], nodes, { other: floats([], [2]) });
    expect(realOperators(draft)).toEqual([]);
    // uint8 without a zero point: below 0 is 0; 3 lies between 2 and 4, of which 4 is even.
    expect(outputsOf(graphOf(draft), [-1.5, 3])).toEqual([[-1.5, 3, 0, 4]]);
  });

  test('AveragePool keeps a tie on the even step', () => {
    const kernel = [{ name: 'kernel_shape', type: 7, ints: [1, 2] }];
    const pool = { op: 'AveragePool', inputs: ['xr'], outputs: ['r'], attributes: kernel };
    const draft = qdq([1, 1, 1, 3], [pool], {}, [0.5, 0.5]);
    expect(realOperators(draft)).toEqual([]);
    // Stored 100 + [0, 1, 4]: averages of 0.5 and 2.5 steps above 20.
    expect(outputsOf(graphOf(draft), [0, 0.5, 2])).toEqual([[0, 1]]);
  });

  test('movements stay on integers on both sides', () => {
    const nodes = [
      { op: 'Transpose', inputs: ['xr'], outputs: ['t'] },
      { op: 'Flatten', inputs: ['t'], outputs: ['r'], attributes: [int('axis', 0)] },
    ];
    const draft = qdq([2, 2], nodes, {}, [0.5, 0.5]);
    expect(realOperators(draft)).toEqual([]);
    expect(outputsOf(graphOf(draft), [1, 2, 3, 4])).toEqual([[1, 3, 2, 4]]);
  });

  test('Softmax stays on real numbers', () => {
    const draft = qdq([1, 2], [{ op: 'Softmax', inputs: ['xr'], outputs: ['r'] }], {}, [0.5, 1 / 128]);
    expect(realOperators(draft)).toEqual(['softmax float32']);
    expect(outputsOf(graphOf(draft), [1, 1])).toEqual([[0.5, 0.5]]);
  });
});

test('sums and products of random scales are those on real numbers, or one step from them', () => {
  const scale = fc.double({ min: 0.01, max: 2, noNaN: true }).map(Math.fround);
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(
      fc.constantFrom('Add', 'Sub', 'Mul'),
      fc.tuple(scale, scale, scale),
      fc.tuple(byte, byte, byte),
      fc.array(byte, { minLength: 4, maxLength: 4 }),
      (op, scales, zeros, stored) => {
        const names = ['a', 'b', 'y'];
        const initializers = Object.fromEntries(
          names.flatMap((name, i) => [
            [`${name}s`, floats([], [scales[i] ?? 1])],
            [`${name}z`, integers('uint8', [], [zeros[i] ?? 0])],
          ]),
        );
        const draft: ModelDraft = {
          inputs: { a: [2], b: [2] },
          inputTypes: { a: 2, b: 2 },
          outputs: ['y'],
          initializers,
          nodes: [
            { op: 'DequantizeLinear', inputs: ['a', 'as', 'az'], outputs: ['ar'] },
            { op: 'DequantizeLinear', inputs: ['b', 'bs', 'bz'], outputs: ['br'] },
            { op, inputs: ['ar', 'br'], outputs: ['r'] },
            { op: 'QuantizeLinear', inputs: ['r', 'ys', 'yz'], outputs: ['y'] },
          ],
        };
        const graph = graphOf(draft);
        expect(operatorsOf(graph)).toContain('zip int8');
        const [found = []] = outputsOf(graph, stored.slice(0, 2), stored.slice(2));
        const real = (i: number, k: number) => (scales[k] ?? 1) * ((stored[i] ?? 0) - (zeros[k] ?? 0));
        const apply = {
          Add: (p: number, q: number) => p + q,
          Sub: (p: number, q: number) => p - q,
          Mul: (p: number, q: number) => p * q,
        };
        found.forEach((value, i) => {
          const ideal = apply[op](real(i, 0), real(i + 2, 1)) / scales[2] + zeros[2];
          expect(Math.abs(value - Math.min(255, Math.max(0, ideal)))).toBeLessThanOrEqual(0.501);
        });
      },
    ),
    { numRuns: 60 },
  );
});
