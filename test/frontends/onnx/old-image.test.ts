import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { noImportOptions } from '../../../converter/frontends/options.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { ProblemError } from '../../../converter/problem.ts';
import type { Tensor } from '../../../converter/tensor/tensor.ts';
import { type AttributeDraft, type NodeDraft, writeModel } from './draft.ts';

const floatList = (name: string, floats: readonly number[]): AttributeDraft => ({ name, type: 6, floats });
const intList = (name: string, ints: readonly number[]): AttributeDraft => ({ name, type: 7, ints });
const real = (name: string, f: number): AttributeDraft => ({ name, type: 1, f });

function run(op: string, shape: readonly number[], values: readonly number[], attributes: readonly AttributeDraft[]) {
  const nodes = [{ op, inputs: ['x'], outputs: ['y'], attributes }];
  const graph = importOnnx(writeModel({ inputs: { x: shape }, outputs: ['y'], nodes }), 'm');
  const given = graph.inputs.map(
    (port): Tensor => ({ type: typeOf(graph, port.value), data: Float32Array.from(values) }),
  );
  const [y] = evaluateGraph(graph, given);
  return [y?.type.shape.join('x'), ...Array.from(y?.data ?? [], Number)];
}

function problemsOf(nodes: readonly NodeDraft[], outputs: readonly string[]) {
  try {
    importOnnx(writeModel({ inputs: { x: [1, 2] }, outputs, nodes }), 'm');
    return [];
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
}

describe('operators of the first versions of ONNX', () => {
  test('ImageScaler scales, then adds the bias of each channel', () => {
    const both = [real('scale', 2), floatList('bias', [10, -1])];
    expect(run('ImageScaler', [1, 2, 1, 2], [1, 2, 3, 4], both)).toEqual(['1x2x1x2', 12, 14, 5, 7]);
    expect(run('ImageScaler', [1, 2, 1, 2], [1, 2, 3, 4], [])).toEqual(['1x2x1x2', 1, 2, 3, 4]);
    expect(() => run('ImageScaler', [1, 2, 1, 1], [1, 2], [floatList('bias', [1])])).toThrow('2 channels');
  });

  test('Affine', () => {
    expect(run('Affine', [3], [1, 2, 3], [real('alpha', 2), real('beta', -1)])).toEqual(['3', 1, 3, 5]);
  });

  test('Crop takes off the border, or as many pixels as scale says', () => {
    const values = Array.from({ length: 12 }, (_, i) => i);
    expect(run('Crop', [1, 1, 3, 4], values, [intList('border', [1, 0, 2, 1])])).toEqual(['1x1x2x1', 1, 5]);
    const scaled = [intList('border', [1, 1, 0, 0]), intList('scale', [1, 2])];
    expect(run('Crop', [1, 1, 3, 4], values, scaled)).toEqual(['1x1x1x2', 5, 6]);
    expect(() => run('Crop', [1, 1, 3, 4], values, [intList('border', [2, 0, 2, 0])])).toThrow('do not fit 3x4');
  });
});

test('ZipMap is refused with the tensor to take instead', () => {
  const nodes = [
    { op: 'Softmax', inputs: ['x'], outputs: ['p'] },
    { op: 'ZipMap', domain: 'ai.onnx.ml', inputs: ['p'], outputs: ['y'] },
  ];
  const [problem] = problemsOf(nodes, ['y']);
  expect(problem?.what).toContain('sequence of maps');
  expect(problem?.advice).toContain('give --outputs p');
});

describe('fixed inputs', () => {
  const nodes = [{ op: 'Mul', inputs: ['x', 'rate'], outputs: ['y'] }];
  const bytes = writeModel({ inputs: { x: [2], rate: ['n'] }, outputs: ['y'], nodes });
  const fixed = (entries: readonly (readonly [string, readonly number[]])[]) =>
    importOnnx(bytes, 'm', { ...noImportOptions, fixed: new Map(entries) });

  test('are constants', () => {
    for (const [values, expected] of [
      [[3], [3, 6]],
      [
        [3, -1.5],
        [3, -3],
      ],
    ] as const) {
      const graph = fixed([['rate', values]]);
      expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
      const [x] = graph.inputs;
      const data = Float32Array.of(1, 2);
      const [y] = x === undefined ? [] : evaluateGraph(graph, [{ type: typeOf(graph, x.value), data }]);
      expect(Array.from(y?.data ?? [], Number)).toEqual(expected);
    }
  });

  test('have to be inputs of the model, with values that they can have', () => {
    expect(() => fixed([['rat', [3]]])).toThrow('no such input');
    expect(() => fixed([['x', [1, 2, 3]]])).toThrow('it has 2 elements, not 3');
    const whole = writeModel({
      inputs: { x: [2] },
      inputTypes: { x: 7 },
      outputs: ['y'],
      nodes: [{ op: 'Abs', inputs: ['x'], outputs: ['y'] }],
    });
    expect(() => importOnnx(whole, 'm', { ...noImportOptions, fixed: new Map([['x', [0.5]]]) })).toThrow(
      '0.5 is no int64',
    );
  });
});
