import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../converter/frontends/json-view.ts';
import { importKerasArchive, importKerasH5, importKerasJson } from '../../../converter/frontends/keras/import.ts';
import { snakeCase } from '../../../converter/frontends/keras/weights.ts';
import { noImportOptions } from '../../../converter/frontends/options.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { verifyGraph } from '../../../converter/ir/verify.ts';
import { archive, sequential, weightGroups } from './drafts.ts';
import { writeHdf5 } from './write-hdf5.ts';

/** Models whose layers are not in a row: branches, shared layers, models in models; Keras 2 and Keras 3. */

function evaluate(graph: Graph, ...inputs: readonly (readonly number[])[]): number[][] {
  verifyGraph(graph, 'import');
  const tensors = graph.inputs.map((port, i) => ({
    type: typeOf(graph, port.value),
    data: Float32Array.from(inputs[i] ?? []),
  }));
  return evaluateGraph(graph, tensors).map(({ data }) => Array.from(data, Number));
}

const inputLayer = (name: string, size: number) => ({
  class_name: 'InputLayer',
  name,
  config: { batch_input_shape: [null, size], dtype: 'float32', name },
  inbound_nodes: [],
});

const layer = (className: string, name: string, config: object, ...calls: readonly unknown[]) => ({
  class_name: className,
  name,
  config: { name, trainable: true, ...config },
  inbound_nodes: calls,
});

const model = (
  layers: readonly unknown[],
  inputs: readonly string[],
  outputs: readonly (readonly [string, number, number])[],
) => ({
  class_name: 'Functional',
  config: { name: 'm', layers, input_layers: inputs.map((name) => [name, 0, 0]), output_layers: outputs },
});

const h5 = (config: unknown, weights: Parameters<typeof weightGroups>[0]) =>
  writeHdf5({
    attributes: { model_config: JSON.stringify(config), keras_version: '2.9.0' },
    children: { model_weights: weightGroups(weights) },
  });

const scale = {
  className: 'Dense',
  config: {},
  weights: { kernel: { shape: [1, 1], values: [3] }, bias: { shape: [1], values: [1] } },
};
const dense = { units: 1, activation: 'linear', use_bias: true };

describe('Keras 2', () => {
  test('a layer that is called twice, behind layers that stand after it', () => {
    const config = model(
      [
        inputLayer('a', 1),
        layer('Dense', 'shared', dense, [['a', 0, 0, {}]], [['double', 0, 0, {}]]),
        layer('Add', 'double', {}, [
          ['shared', 0, 0, {}],
          ['a', 0, 0, {}],
        ]),
      ],
      ['a'],
      [
        ['shared', 0, 0],
        ['shared', 1, 0],
        ['double', 0, 0],
      ],
    );
    const graph = importKerasH5(h5(config, [{ name: 'shared', draft: scale }]), 'm');
    // a = 2: 3a + 1 = 7; 7 + a = 9; 3 * 9 + 1 = 28.
    expect(evaluate(graph, [2])).toEqual([[7], [28], [9]]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['shared', 'shared_1', 'double']);
  });

  test('a model that is used as a layer, with weights in its group', () => {
    const inner = { ...sequential([null, 1], []), name: 'inner' };
    const nested = {
      class_name: 'Sequential',
      name: 'inner',
      config: {
        name: 'inner',
        layers: [inner.config.layers[0], { class_name: 'Dense', config: { name: 'deep', ...dense } }],
      },
      inbound_nodes: [[['a', 0, 0, {}]]],
    };
    const config = model(
      [inputLayer('a', 1), nested, layer('Activation', 'end', { activation: 'relu' }, [['inner', 0, 0, {}]])],
      ['a'],
      [['end', 0, 0]],
    );
    const file = writeHdf5({
      attributes: { model_config: JSON.stringify(config), keras_version: '2.9.0' },
      children: {
        model_weights: {
          children: {
            inner: {
              attributes: { weight_names: ['deep/kernel:0', 'deep/bias:0'] },
              children: {
                deep: {
                  children: { 'kernel:0': { data: scale.weights.kernel }, 'bias:0': { data: scale.weights.bias } },
                },
              },
            },
          },
        },
      },
    });
    expect(evaluate(importKerasH5(file, 'm'), [2])).toEqual([[7]]);
    expect(evaluate(importKerasH5(file, 'm'), [-2])).toEqual([[0]]);
  });

  test('TensorFlow functions and numbers among their operands', () => {
    const config = model(
      [
        inputLayer('a', 2),
        inputLayer('b', 2),
        layer('TFOpLambda', 'minus', { function: 'math.subtract' }, ['a', 0, 0, { y: ['b', 0, 0], name: null }]),
        layer('TFOpLambda', 'twice', { function: 'math.multiply' }, ['minus', 0, 0, { y: 2, name: null }]),
        layer('TFOpLambda', 'relu', { function: 'nn.relu' }, ['twice', 0, 0, { name: null }]),
        layer('Average', 'mean', {}, [
          ['relu', 0, 0, {}],
          ['a', 0, 0, {}],
        ]),
        layer('Concatenate', 'join', { axis: -1 }, [
          ['mean', 0, 0, {}],
          ['b', 0, 0, {}],
        ]),
      ],
      ['b', 'a'],
      [['join', 0, 0]],
    );
    const graph = importKerasH5(h5(config, []), 'm');
    expect(graph.inputs.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(evaluate(graph, [1, 5], [4, 2])).toEqual([[5, 1, 1, 5]]);
  });
});

const tensor = (name: string) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 1], dtype: 'float32', keras_history: [name, 0, 0] },
});
const policy = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null };

describe('Keras 3', () => {
  const call = (...args: readonly unknown[]) => ({ args, kwargs: {} });
  const input = {
    class_name: 'InputLayer',
    name: 'x',
    config: { batch_shape: [null, 1], dtype: 'float32', name: 'x', sparse: false },
    inbound_nodes: [],
  };
  const config = {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name: 'functional',
      trainable: true,
      layers: [
        input,
        {
          module: 'keras.layers',
          ...layer('Dense', 'first', { ...dense, dtype: policy, quantization_config: null }, call(tensor('x'))),
        },
        { module: 'keras.layers', ...layer('Dense', 'second', dense, call(tensor('first'))) },
        { module: 'keras.src.ops.numpy', ...layer('Add', 'plus', {}, call(tensor('first'), tensor('second'))) },
        { module: 'keras.src.ops.numpy', ...layer('Multiply', 'half', {}, call(tensor('plus'), 0.5)) },
      ],
      input_layers: ['x', 0, 0],
      output_layers: ['half', 0, 0],
    },
  };
  const weights = {
    'layers/dense/vars/0': { shape: [1, 1], values: [3] },
    'layers/dense/vars/1': { shape: [1], values: [1] },
    'layers/dense_1/vars/0': { shape: [1, 1], values: [10] },
    'layers/dense_1/vars/1': { shape: [1], values: [0] },
  };

  test('an archive: weights go by the class and the order of the layers', () => {
    // 3x + 1 = 7, times 10 is 70; (7 + 70) / 2.
    expect(evaluate(importKerasArchive(archive(config, weights), 'm'), [2])).toEqual([[38.5]]);
  });

  test('models in models have folders of their own', () => {
    const inner = {
      ...sequential([null, 1], [{ className: 'Dense', config: dense }]),
      name: 'body',
      inbound_nodes: [call(tensor('x'))],
    };
    const outer = {
      class_name: 'Functional',
      config: { name: 'm', layers: [input, inner], input_layers: [['x', 0, 0]], output_layers: [['body', 0, 0]] },
    };
    const nested = {
      'layers/sequential/layers/dense/vars/0': { shape: [1, 1], values: [4] },
      'layers/sequential/layers/dense/vars/1': { shape: [1], values: [0.5] },
    };
    expect(evaluate(importKerasArchive(archive(outer, nested), 'm'), [2])).toEqual([[8.5]]);
  });

  test('names of classes in snake case, as Keras makes them', () => {
    const names = [
      'Dense',
      'Conv2D',
      'Conv2DTranspose',
      'GlobalAveragePooling2D',
      'BatchNormalization',
      'ReLU',
      'PReLU',
    ];
    const expected = [
      'dense',
      'conv2d',
      'conv2d_transpose',
      'global_average_pooling2d',
      'batch_normalization',
      're_lu',
      'p_re_lu',
    ];
    expect(names.map(snakeCase)).toEqual(expected);
  });
});

test('an architecture takes its weights from the file beside it', () => {
  const config = {
    ...model([inputLayer('a', 1), layer('Dense', 'd', dense, [['a', 0, 0, {}]])], ['a'], [['d', 0, 0]]),
    keras_version: '2.2.4',
  };
  const weights = writeHdf5(weightGroups([{ name: 'd', draft: scale }]));
  const asked: string[] = [];
  const sideFile = (name: string) => {
    asked.push(name);
    return name === 'net_weights.h5' ? weights : null;
  };
  const json = parseJson(JSON.stringify(config), 'net.json', 'keras');
  expect(evaluate(importKerasJson(json, 'net', { ...noImportOptions, sideFile }), [2])).toEqual([[7]]);
  expect(asked).toEqual(['net_weights.h5']);
  expect(() => importKerasJson(json, 'net')).toThrow(/none of net_weights\.h5, net\.weights\.h5, net\.h5 is beside it/);
});

test('a Keras 1 model: other names of layers, options and weights', () => {
  const data = (shape: readonly number[], values: readonly number[]) => ({ data: { shape, values } });
  const group = (name: string, weights: { readonly [role: string]: ReturnType<typeof data> }) => ({
    attributes: { weight_names: Object.keys(weights).map((role) => `${name}_${role}`) },
    children: Object.fromEntries(Object.entries(weights).map(([role, weight]) => [`${name}_${role}`, weight])),
  });
  const config = {
    class_name: 'Sequential',
    config: [
      {
        class_name: 'Convolution2D',
        config: {
          name: 'c',
          nb_filter: 1,
          nb_row: 2,
          nb_col: 1,
          border_mode: 'valid',
          subsample: [1, 1],
          dim_ordering: 'tf',
          activation: 'linear',
          bias: true,
          batch_input_shape: [null, 3, 1, 1],
          init: 'glorot_uniform',
          W_regularizer: null,
        },
      },
      { class_name: 'BatchNormalization', config: { name: 'n', mode: 0, axis: -1, epsilon: 0, momentum: 0.9 } },
      { class_name: 'Flatten', config: { name: 'f' } },
      { class_name: 'Dense', config: { name: 'd', output_dim: 1, input_dim: 2, activation: 'relu', bias: true } },
    ],
  };
  const file = writeHdf5({
    attributes: { model_config: JSON.stringify(config), keras_version: '1.2.2' },
    children: {
      model_weights: {
        children: {
          c: group('c', { W: data([2, 1, 1, 1], [1, 10]), b: data([1], [0.5]) }),
          n: group('n', {
            gamma: data([1], [2]),
            beta: data([1], [1]),
            running_mean: data([1], [0.5]),
            running_std: data([1], [4]),
          }),
          d: group('d', { W: data([2, 1], [1, 2]), b: data([1], [-100]) }),
        },
      },
    },
  });
  // Convolution 21.5, 32.5; (x - 0.5) / 2 * 2 + 1 = 22, 33; 22 + 66 - 100 below 0.
  expect(evaluate(importKerasH5(file, 'm'), [1, 2, 3])).toEqual([[0]]);
  expect(evaluate(importKerasH5(file, 'm'), [1, 2, 4])).toEqual([[8]]);
});
