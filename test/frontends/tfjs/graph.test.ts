import { describe, expect, test } from 'vitest';
import { noImportOptions } from '../../../converter/frontends/options.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { type Problem, ProblemError } from '../../../converter/problem.ts';
import { graphModel, ints, type NodeDraft, placeholder, text, texts, type WeightDraft } from './drafts.ts';

function load(nodes: readonly NodeDraft[], weights: readonly WeightDraft[], outputs?: readonly string[]) {
  const { json, bytes } = graphModel(nodes, weights, outputs);
  const sideFile = (name: string) => (name === 'group1-shard1of1.bin' ? bytes : null);
  return importModel(json, 'model.json', 'default', { ...noImportOptions, sideFile });
}

function run(nodes: readonly NodeDraft[], weights: readonly WeightDraft[], ...inputs: readonly (readonly number[])[]) {
  const graph = load(nodes, weights);
  const tensors = graph.inputs.map((port, i) => ({
    type: typeOf(graph, port.value),
    data: Float32Array.from(inputs[i] ?? []),
  }));
  const [result] = evaluateGraph(graph, tensors);
  const [optimized] = evaluateGraph(optimizeGraph(graph).graph, tensors);
  expect(Array.from(optimized?.data ?? [], Number)).toEqual(Array.from(result?.data ?? [], Number));
  return { shape: result?.type.shape, values: Array.from(result?.data ?? [], Number) };
}

const int = (name: string, ...values: readonly number[]): WeightDraft => ({
  name,
  shape: [values.length],
  dtype: 'int32',
  values,
});
const scalar = (name: string, value: number): WeightDraft => ({ name, shape: [], dtype: 'int32', values: [value] });
const float = (name: string, shape: readonly number[], ...values: readonly number[]): WeightDraft => ({
  name,
  shape,
  values,
});
const x33 = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const window = { strides: ints(1, 2, 2, 1), padding: text('SAME'), data_format: text('NHWC'), T: { type: 'DT_FLOAT' } };

describe('operators', () => {
  test('_FusedConv2D with bias and Relu6', () => {
    const nodes = [
      placeholder('x', -1, 3, 3, 1),
      {
        op: '_FusedConv2D',
        name: 'y',
        inputs: ['x', 'k', 'b'],
        attributes: { ...window, fused_ops: texts('BiasAdd', 'Relu6'), num_args: { i: '1' }, epsilon: { f: 0 } },
      },
    ];
    // SAME with stride 2 on 3 pixels and a 2x2 kernel: one row and column of zeros behind.
    const weights = [float('k', [2, 2, 1, 1], 1, 0, 0, 0.5), float('b', [1], -2)];
    expect(run(nodes, weights, x33)).toEqual({ shape: [1, 2, 2, 1], values: [1.5, 1, 5, 6] });
  });

  test('depthwise, pooling and batch normalization', () => {
    const nodes = [
      placeholder('x', 1, 3, 3, 1),
      {
        op: 'DepthwiseConv2dNative',
        name: 'd',
        inputs: ['x', 'k'],
        attributes: { ...window, strides: ints(1, 1, 1, 1), dilations: ints(1, 1, 1, 1) },
      },
      {
        op: 'FusedBatchNormV3',
        name: 'n',
        inputs: ['d', 's', 'o', 'm', 'v'],
        attributes: { epsilon: { f: 0 }, is_training: { b: false } },
      },
      { op: 'MaxPool', name: 'p', inputs: ['n'], attributes: { ...window, ksize: ints(1, 2, 2, 1) } },
    ];
    const weights = [
      float('k', [1, 1, 1, 2], 1, -1),
      float('s', [2], 2, 1),
      float('o', [2], 0, 5),
      float('m', [2], 1, 0),
      float('v', [2], 4, 1),
    ];
    // Channel 0: x - 1, channel 1: 5 - x.
    expect(run(nodes, weights, x33).values).toEqual([4, 4, 5, 2, 7, -2, 8, -4]);
  });

  test('MatMul, Reshape by a computed shape, and Softmax', () => {
    const nodes = [
      placeholder('x', -1, 2, 2),
      { op: 'Shape', name: 'shape', inputs: ['x'] },
      {
        op: 'StridedSlice',
        name: 'batch',
        inputs: ['shape', 'zero', 'one', 'one'],
        attributes: { shrink_axis_mask: { i: '1' } },
      },
      { op: 'Pack', name: 'target', inputs: ['batch', 'four'], attributes: { axis: { i: 0 }, N: { i: 2 } } },
      { op: 'Reshape', name: 'flat', inputs: ['x', 'target'] },
      { op: 'MatMul', name: 'm', inputs: ['flat', 'w'], attributes: { transpose_b: { b: true } } },
      { op: 'BiasAdd', name: 'b', inputs: ['m', 'bias'], attributes: { data_format: text('NHWC') } },
      { op: 'Softmax', name: 's', inputs: ['b', '^m'] },
    ];
    const weights = [
      int('zero', 0),
      int('one', 1),
      scalar('four', 4),
      float('w', [2, 4], 1, 0, 0, 0, 0, 0, 0, 1),
      float('bias', [2], 0, -3),
    ];
    expect(run(nodes, weights, [1, 2, 3, 4])).toEqual({ shape: [1, 2], values: [0.5, 0.5] });
  });

  const each: readonly (readonly [string, NodeDraft, readonly WeightDraft[], readonly number[], readonly number[]])[] =
    [
      [
        'Mean',
        { op: 'Mean', name: 'y', inputs: ['x', 'a'], attributes: { keep_dims: { b: false } } },
        [int('a', 1, 2)],
        [1, 1],
        [5],
      ],
      [
        'Pad',
        { op: 'Pad', name: 'y', inputs: ['x', 'p'] },
        [{ name: 'p', shape: [4, 2], dtype: 'int32', values: [0, 0, 1, 0, 0, 0, 0, 0] }],
        [1, 4, 3, 1],
        [0, 0, 0, ...x33],
      ],
      [
        'Transpose',
        { op: 'Transpose', name: 'y', inputs: ['x', 'p'] },
        [int('p', 0, 2, 1, 3)],
        [1, 3, 3, 1],
        [1, 4, 7, 2, 5, 8, 3, 6, 9],
      ],
      [
        'Squeeze',
        { op: 'Squeeze', name: 'y', inputs: ['x'], attributes: { squeeze_dims: ints(0, 3) } },
        [],
        [3, 3],
        x33,
      ],
      [
        'Slice',
        { op: 'Slice', name: 'y', inputs: ['x', 'b', 's'] },
        [int('b', 0, 1, 0, 0), int('s', 1, -1, 2, 1)],
        [1, 2, 2, 1],
        [4, 5, 7, 8],
      ],
      [
        'ResizeNearestNeighbor',
        {
          op: 'ResizeNearestNeighbor',
          name: 'y',
          inputs: ['x', 's'],
          attributes: { half_pixel_centers: { b: false } },
        },
        [int('s', 2, 2)],
        [1, 2, 2, 1],
        [1, 2, 4, 5],
      ],
      [
        'ConcatV2',
        { op: 'ConcatV2', name: 'y', inputs: ['x', 'x', 'a'] },
        [scalar('a', -1)],
        [1, 3, 3, 2],
        x33.flatMap((v) => [v, v]),
      ],
      ['AddN', { op: 'AddN', name: 'y', inputs: ['x', 'x', 'x'] }, [], [1, 3, 3, 1], x33.map((v) => 3 * v)],
      ['Prelu', { op: 'Prelu', name: 'y', inputs: ['x', 'a'] }, [float('a', [1], 0.5)], [1, 3, 3, 1], x33],
      ['Identity', { op: 'Identity', name: 'y', inputs: ['x:0'] }, [], [1, 3, 3, 1], x33],
    ];
  test.each(each)('%s', (_, node, weights, shape, values) => {
    expect(run([placeholder('x', -1, 3, 3, 1), node], weights, x33)).toEqual({ shape, values });
  });

  test('outputs are those of the signature', () => {
    const nodes = [
      placeholder('x', 2),
      { op: 'Relu', name: 'a', inputs: ['x'] },
      { op: 'Neg', name: 'b', inputs: ['a'] },
    ];
    expect(load(nodes, [], ['a']).outputs.map(({ name }) => name)).toEqual(['a']);
    expect(load(nodes, []).outputs.map(({ name }) => name)).toEqual(['b']);
  });
});

function problemsOf(
  nodes: readonly NodeDraft[],
  weights: readonly WeightDraft[] = [],
  outputs?: readonly string[],
): readonly Problem[] {
  try {
    load(nodes, weights, outputs);
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
  return [];
}

describe('refusals', () => {
  const x = placeholder('x', 1, 3, 3, 1);
  const each: readonly (readonly [string, readonly NodeDraft[], string])[] = [
    [
      'an operator that is not known',
      [x, { op: 'NonMaxSuppressionV5', name: 'y', inputs: ['x'] }],
      'unsupported-operator',
    ],
    [
      'a circle',
      [
        { op: 'Relu', name: 'a', inputs: ['b'] },
        { op: 'Relu', name: 'b', inputs: ['a'] },
        { op: 'Relu', name: 'y', inputs: ['b'] },
      ],
      'tfjs-damaged',
    ],
    ['a node that is not there', [x, { op: 'Relu', name: 'y', inputs: ['z'] }], 'tfjs-damaged'],
    [
      'an output that is not there',
      [x, { op: 'Relu', name: 'a', inputs: ['x'] }, { op: 'Relu', name: 'y', inputs: ['a:3'] }],
      'tfjs-damaged',
    ],
    ['two nodes of one name', [x, x], 'tfjs-damaged'],
    ['an open dimension', [placeholder('x', -1, -1), { op: 'Relu', name: 'y', inputs: ['x'] }], 'tfjs-open-dimension'],
    [
      'NCHW',
      [
        x,
        {
          op: 'MaxPool',
          name: 'y',
          inputs: ['x'],
          attributes: { ...window, ksize: ints(1, 2, 2, 1), data_format: text('NCHW') },
        },
      ],
      'unsupported-attribute',
    ],
    [
      'an attribute that is not known',
      [x, { op: 'Relu', name: 'y', inputs: ['x'], attributes: { turn: { i: 1 } } }],
      'unsupported-attribute',
    ],
    ['an input too much', [x, { op: 'Relu', name: 'y', inputs: ['x', 'x'] }], 'tfjs-invalid-layer'],
    [
      'text that is not base64',
      [x, { op: 'MaxPool', name: 'y', inputs: ['x'], attributes: { padding: { s: '%' } } }],
      'tfjs-value',
    ],
  ];
  test.each(each)('%s', (_, nodes, code) => {
    expect(problemsOf(nodes).map((problem) => problem.code)).toEqual([code]);
  });
});
