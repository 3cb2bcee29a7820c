import { describe, expect, test } from 'vitest';
import { noImportOptions } from '../../../converter/frontends/options.ts';
import { importModel, optimizeGraph, planProgram } from '../../../converter/pipeline.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { mutate } from '../../support/mutate.ts';
import { simpleNeeds } from '../../support/needs.ts';
import { hasShared, readShared } from '../../support/shared.ts';
import { archive, sequential, sequentialH5, weight } from './drafts.ts';

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

describe.skipIf(!hasShared)('damaged copies of real files', () => {
  test.each([
    ['models/keras/xor.h5', 0.2],
    ['models/keras/hand_keypoint_classifier.h5', 0.1],
    ['models/keras/tinymaix_mnist_valid.h5', 0.05],
  ])('%s', { timeout: 600_000 }, (path, share) => {
    damageAll(readShared(path), path, Math.ceil(wanted * share));
  });
});
