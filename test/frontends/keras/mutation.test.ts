import { describe, expect, test } from 'vitest';
import { noImportOptions } from '../../../converter/frontends/options.ts';
import { importModel, optimizeGraph, planProgram } from '../../../converter/pipeline.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { mutate } from '../../support/mutate.ts';
import { simpleNeeds } from '../../support/needs.ts';
import { hasShared, readShared } from '../../support/shared.ts';
import { archive, type LayerDraft, sequential, sequentialH5, weight } from './drafts.ts';

/**
 * Damaged copies of Keras files go through every stage up to the memory plan: they end as a plan or as problems told to the user.
 *
 * THIMBLE_MUTATIONS=N asks for about N files, instead of 4,000.
 */
const wanted = Number(process.env.THIMBLE_MUTATIONS ?? '4000');

interface Outcome {
  planned: number;
  readonly codes: Set<string>;
}

function convert(file: Uint8Array, name: string, beside: Uint8Array, hint: string, outcome: Outcome): void {
  try {
    const graph = importModel(file, name, 'default', { ...noImportOptions, sideFile: () => beside });
    planProgram(optimizeGraph(graph).graph, simpleNeeds);
    outcome.planned++;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw new Error(`${hint}: ${String(error)}`, { cause: error });
    expect(error.problems.length, hint).toBeGreaterThan(0);
    for (const { code, where, what, advice } of error.problems) {
      expect(where !== '' && what !== '' && advice !== '', `${hint}: ${code}`).toBe(true);
      outcome.codes.add(code);
    }
  }
}

const nothing = new Uint8Array(0);

function damageAll(file: Uint8Array, name: string, count: number): void {
  const outcome: Outcome = { planned: 0, codes: new Set() };
  for (let seed = 0; seed < count; seed++) convert(mutate(file, seed), name, nothing, `${name}, seed ${seed}`, outcome);
  expect(outcome.planned).toBeGreaterThan(0);
  expect(outcome.codes.size).toBeGreaterThan(3);
  expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(2 ** 31);
}

const layers = [
  {
    className: 'Conv2D',
    config: { filters: 2, kernel_size: [2, 2], padding: 'same', activation: 'relu' },
    weights: { kernel: weight(2, 2, 1, 2), bias: weight(2) },
  },
  { className: 'MaxPooling2D', config: { pool_size: [2, 2], strides: [2, 2] } },
  { className: 'UpSampling2D', config: { size: [2, 2] } },
  { className: 'Flatten', config: {} },
  {
    className: 'Dense',
    config: { units: 3, activation: 'softmax' },
    weights: { kernel: weight(32, 3), bias: weight(3) },
  },
];

test('damaged copies of a small .h5', { timeout: 600_000 }, () => {
  damageAll(sequentialH5([null, 4, 4, 1], layers), 'm.h5', wanted * 0.25);
});

/** Damage to the archive itself, which its checksums catch, and to the files in it before they are packed. */
test('damaged copies of a .keras archive', { timeout: 600_000 }, () => {
  const weights = {
    'layers/conv2d/vars/0': weight(2, 2, 1, 2),
    'layers/conv2d/vars/1': weight(2),
    'layers/dense/vars/0': weight(32, 3),
    'layers/dense/vars/1': weight(3),
  };
  const config = sequential([null, 4, 4, 1], layers);
  damageAll(archive(config, weights), 'm.keras', wanted * 0.1);
  const outcome: Outcome = { planned: 0, codes: new Set() };
  for (let seed = 0; seed < wanted * 0.2; seed++) {
    const place = seed % 3 === 0 ? 'config.json' : 'model.weights.h5';
    const file = archive(config, weights, (bytes, name) => (name === place ? mutate(bytes, seed) : bytes));
    convert(file, 'm.keras', nothing, `${place}, seed ${seed}`, outcome);
  }
  expect(outcome.planned).toBeGreaterThan(0);
  expect(outcome.codes.size).toBeGreaterThan(5);
});

test('damaged copies of an architecture', { timeout: 600_000 }, () => {
  const json = new TextEncoder().encode(JSON.stringify(sequential([null, 4, 4, 1], layers)));
  const weights = sequentialH5([null, 4, 4, 1], layers);
  const outcome: Outcome = { planned: 0, codes: new Set() };
  for (let seed = 0; seed < wanted * 0.15; seed++)
    convert(mutate(json, seed), 'm.json', weights, `json, seed ${seed}`, outcome);
  for (let seed = 0; seed < wanted * 0.1; seed++)
    convert(json, 'm.json', mutate(weights, seed), `weights, seed ${seed}`, outcome);
  expect(outcome.planned).toBeGreaterThan(0);
  expect(outcome.codes.size).toBeGreaterThan(5);
});

/** A field of a configuration replaced by something odd: what damaged bytes seldom do, since they seldom stay JSON. */
const oddities: readonly unknown[] = [
  null,
  -1,
  0,
  1e300,
  2 ** 31,
  2 ** 53,
  0.5,
  '',
  'x',
  [],
  [0],
  [[]],
  {},
  true,
  [1e9, 1e9],
  ['a'],
  { config: {} },
];

test('configurations with odd values', { timeout: 600_000 }, () => {
  const outcome: Outcome = { planned: 0, codes: new Set() };
  layers.forEach((layer, place) => {
    const options = [
      ...Object.keys(layer.config),
      'dtype',
      'data_format',
      'strides',
      'dilation_rate',
      'use_bias',
      'groups',
      'name',
      'interpolation',
    ];
    for (const option of options) {
      for (const value of oddities) {
        const config = { ...layer.config, [option]: value };
        const edited = layers.map((other, i) => (i === place ? { ...layer, config } : other));
        convert(
          sequentialH5([null, 4, 4, 1], edited as typeof layers),
          'm.h5',
          nothing,
          `${layer.className}.${option}=${JSON.stringify(value)}`,
          outcome,
        );
      }
    }
  });
  expect(outcome.planned).toBeGreaterThan(20);
  expect(outcome.codes.size).toBeGreaterThan(3);
});

/** Models of one layer, whose options are replaced one by one. */
const singles: readonly (readonly [shape: readonly (number | null)[], layer: LayerDraft])[] = [
  [
    [null, 4],
    {
      className: 'Dense',
      config: { units: 3, activation: 'relu', use_bias: false },
      weights: { kernel: weight(4, 3) },
    },
  ],
  [
    [null, 3, 4],
    {
      className: 'LSTM',
      config: {
        units: 2,
        activation: 'tanh',
        recurrent_activation: 'sigmoid',
        return_sequences: true,
        go_backwards: true,
        return_state: false,
      },
      weights: { kernel: weight(4, 8), recurrent_kernel: weight(2, 8), bias: weight(8) },
    },
  ],
  [
    [null, 3, 4],
    {
      className: 'GRU',
      config: { units: 2, activation: 'tanh', recurrent_activation: 'sigmoid', reset_after: true },
      weights: { kernel: weight(4, 6), recurrent_kernel: weight(2, 6), bias: weight(2, 6) },
    },
  ],
  [
    [null, 3, 4],
    {
      className: 'TimeDistributed',
      config: { layer: { class_name: 'Dense', config: { units: 2, use_bias: false } } },
      weights: { kernel: weight(4, 2) },
    },
  ],
  [
    [null, 3, 4],
    {
      className: 'Bidirectional',
      config: { layer: { class_name: 'LSTM', config: {} }, backward_layer: null, merge_mode: 'concat' },
    },
  ],
  [
    [null, 4, 4, 2],
    {
      className: 'Conv2DTranspose',
      config: { filters: 3, kernel_size: 2, strides: 2, padding: 'same', use_bias: false, output_padding: null },
      weights: { kernel: weight(2, 2, 3, 2) },
    },
  ],
  [
    [null, 4, 4, 2],
    {
      className: 'SeparableConv2D',
      config: { filters: 3, kernel_size: 2, padding: 'same', use_bias: false, depth_multiplier: 1 },
      weights: { depthwise_kernel: weight(2, 2, 2, 1), pointwise_kernel: weight(1, 1, 2, 3) },
    },
  ],
  [
    [null, 4, 2],
    {
      className: 'Conv1D',
      config: { filters: 1, kernel_size: 2, padding: 'causal', dilation_rate: 1, use_bias: false },
      weights: { kernel: weight(2, 2, 1) },
    },
  ],
  [
    [null, 4, 2],
    {
      className: 'BatchNormalization',
      config: { axis: -1, epsilon: 0.001, scale: false, center: false, mode: 0, renorm: false },
      weights: { moving_mean: weight(2), moving_variance: { shape: [2], values: [1, 2] } },
    },
  ],
  [
    [null, 4, 2],
    {
      className: 'LayerNormalization',
      config: { axis: [-1], epsilon: 0.001, scale: true, center: false },
      weights: { gamma: weight(2) },
    },
  ],
  [[null, 4, 2], { className: 'Normalization', config: { axis: -1, mean: [1, 2], variance: [1, 2], invert: false } }],
  [[null, 4, 2], { className: 'Rescaling', config: { scale: 2, offset: 1 } }],
  [
    [null, 4, 2],
    {
      className: 'Embedding',
      config: { input_dim: 3, output_dim: 2, mask_zero: false },
      weights: { embeddings: weight(3, 2) },
    },
  ],
  [[null, 4, 2], { className: 'Softmax', config: { axis: -1 } }],
  [[null, 4, 2], { className: 'ReLU', config: { max_value: 6, negative_slope: 0, threshold: 0 } }],
  [[null, 4, 2], { className: 'LeakyReLU', config: { alpha: 0.1, negative_slope: null } }],
  [[null, 4, 2], { className: 'ELU', config: { alpha: 0.1 } }],
  [[null, 4, 2], { className: 'Activation', config: { activation: 'swish' } }],
  [[null, 4, 2], { className: 'Permute', config: { dims: [2, 1] } }],
  [[null, 4, 2], { className: 'Reshape', config: { target_shape: [2, 4] } }],
  [[null, 4], { className: 'RepeatVector', config: { n: 3 } }],
  [
    [null, 4, 4, 2],
    {
      className: 'ZeroPadding2D',
      config: {
        padding: [
          [1, 0],
          [0, 1],
        ],
        data_format: null,
      },
    },
  ],
  [
    [null, 4, 4, 2],
    {
      className: 'Cropping2D',
      config: {
        cropping: [
          [1, 0],
          [0, 1],
        ],
        data_format: null,
      },
    },
  ],
  [[null, 4, 4, 2], { className: 'UpSampling2D', config: { size: 2, interpolation: 'bilinear', data_format: null } }],
  [
    [null, 4, 4, 2],
    { className: 'AveragePooling2D', config: { pool_size: 2, strides: null, padding: 'same', data_format: null } },
  ],
  [[null, 4, 2], { className: 'GlobalAveragePooling1D', config: { keepdims: true, data_format: null } }],
  [[null, 4, 2], { className: 'Concatenate', config: { axis: 1 } }],
  [[null, 4, 2], { className: 'TFOpLambda', config: { function: 'nn.relu' } }],
];

test('layers with odd values in their options', { timeout: 600_000 }, () => {
  const outcome: Outcome = { planned: 0, codes: new Set() };
  for (const [shape, layer] of singles) {
    for (const option of ['', ...Object.keys(layer.config)]) {
      for (const value of option === '' ? [null] : oddities) {
        const edited = option === '' ? layer : { ...layer, config: { ...layer.config, [option]: value } };
        const before = outcome.planned;
        convert(
          sequentialH5(shape, [edited]),
          'm.h5',
          nothing,
          `${layer.className}.${option}=${JSON.stringify(value)}`,
          outcome,
        );
        // Without an odd value the layer is sound, but for the one that has no weights here.
        if (option === '')
          expect(outcome.planned - before, layer.className).toBe(layer.className === 'Bidirectional' ? 0 : 1);
      }
    }
  }
  expect(outcome.planned).toBeGreaterThan(100);
  expect(outcome.codes.size).toBeGreaterThan(3);
});

describe.skipIf(!hasShared)('damaged copies of real files', () => {
  test.each([
    ['models/keras/xor.h5', 0.2],
    ['models/keras/hand_keypoint_classifier.h5', 0.1],
    ['models/keras/tinymaix_mnist_valid.h5', 0.05],
  ])('%s', { timeout: 600_000 }, (path, share) => {
    damageAll(readShared(path), path, Math.ceil(wanted * share));
  });
});
