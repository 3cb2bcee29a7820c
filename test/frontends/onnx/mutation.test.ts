import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { noImportOptions } from '../../../converter/frontends/options.ts';
import { verifyGraph } from '../../../converter/ir/verify.ts';
import { optimizeGraph, planProgram } from '../../../converter/pipeline.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { mutate } from '../../support/mutate.ts';
import { simpleNeeds } from '../../support/needs.ts';
import { hasShared, readShared } from '../../support/shared.ts';
import { bools, floatAttribute, graphAttribute, int64s, intAttribute, writeModel } from './draft.ts';

/**
 * Damaged copies of files go through every stage up to the memory plan: they end as a plan or as problems told to the user.
 *
 * THIMBLE_MUTATIONS=N asks for about N files, instead of 5,000.
 */
const wanted = Number(process.env.THIMBLE_MUTATIONS ?? '5000');

const side = new Uint8Array(8);

interface Outcome {
  planned: number;
  readonly codes: Set<string>;
}

function convert(file: Uint8Array, hint: string, outcome: Outcome): void {
  try {
    const graph = importOnnx(file, 'm', { ...noImportOptions, sideFile: (name) => (name === 'w.bin' ? side : null) });
    verifyGraph(graph, 'import');
    planProgram(optimizeGraph(graph).graph, simpleNeeds);
    outcome.planned++;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw new Error(`${hint}: ${String(error)}`, { cause: error });
    for (const { code, where, what, advice } of error.problems) {
      expect(where !== '' && what !== '' && advice !== '', `${hint}: ${code}`).toBe(true);
      outcome.codes.add(code);
    }
  }
}

function damageAll(file: Uint8Array, name: string, count: number): void {
  const outcome: Outcome = { planned: 0, codes: new Set() };
  for (let seed = 0; seed < count; seed++) convert(mutate(file, seed), `${name}, seed ${seed}`, outcome);
  expect(outcome.planned).toBeGreaterThan(0);
  expect(outcome.codes.size).toBeGreaterThan(4);
}

/** A function with an attribute, a loop, a scan, a choice, a sequence, and weights in a side file: the structure beside operators. */
const structured = writeModel({
  inputs: { x: [3, 2] },
  outputs: ['y'],
  initializers: {
    m: int64s([], [3]),
    yes: bools([], [1]),
    one: int64s([], [1]),
    w: { dims: [2], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: 'w.bin' }] },
  },
  functions: [
    {
      name: 'Scale',
      inputs: ['a'],
      outputs: ['b'],
      attributes: ['slope'],
      nodes: [
        {
          op: 'LeakyRelu',
          inputs: ['a'],
          outputs: ['b'],
          attributes: [{ name: 'alpha', type: 1, refAttrName: 'slope' }],
        },
      ],
    },
  ],
  nodes: [
    { op: 'Scale', domain: 'local', inputs: ['x'], outputs: ['s'], attributes: [floatAttribute('slope', 0.5)] },
    {
      op: 'Loop',
      inputs: ['m', 'yes', 's'],
      outputs: ['last', 'all'],
      attributes: [
        graphAttribute('body', {
          inputs: ['i', 'c', 'v'],
          outputs: ['c', 'n', 'n'],
          nodes: [{ op: 'Add', inputs: ['v', 'w'], outputs: ['n'] }],
        }),
      ],
    },
    {
      op: 'Scan',
      inputs: ['w', 'last'],
      outputs: ['sum', 'sums'],
      attributes: [
        graphAttribute('body', {
          inputs: ['p', 'e'],
          outputs: ['q', 'q'],
          nodes: [{ op: 'Add', inputs: ['p', 'e'], outputs: ['q'] }],
        }),
        intAttribute('num_scan_inputs', 1),
      ],
    },
    {
      op: 'If',
      inputs: ['yes'],
      outputs: ['chosen'],
      attributes: [
        graphAttribute('then_branch', { outputs: ['t'], nodes: [{ op: 'Neg', inputs: ['sums'], outputs: ['t'] }] }),
        graphAttribute('else_branch', { outputs: ['f'], nodes: [{ op: 'Abs', inputs: ['sums'], outputs: ['f'] }] }),
      ],
    },
    { op: 'SequenceConstruct', inputs: ['chosen', 'last'], outputs: ['list'] },
    { op: 'SequenceAt', inputs: ['list', 'one'], outputs: ['y'] },
  ],
});

test('damaged copies of a model with functions, loops and side files give a plan or problems', {
  timeout: 600_000,
}, () => {
  damageAll(structured, 'structured', wanted * 0.2);
});

const digits = new Uint8Array(readFileSync(new URL('../../../examples/digits/digits_float.onnx', import.meta.url)));

test('damaged copies of the digits network give a plan or problems', { timeout: 600_000 }, () => {
  damageAll(digits, 'digits', wanted * 0.1);
});

describe.skipIf(!hasShared)('damaged copies of real files give a plan or problems', () => {
  test.each([
    ['models/onnx/gonnx_mlp.onnx', 0.25],
    ['models/onnx/hls4ml_conv1d_small_keras.onnx', 0.25],
    ['models/onnx/hls4ml_conv2d_small_mp_keras.onnx', 0.2],
    ['models/onnx/ya_example_dynamic_axes.onnx', 0.1],
    ['models/onnx_conformance/onnx2c/local_ops_test_slice_end_INT64_MAX/model.onnx', 0.1],
  ])('%s', { timeout: 600_000 }, (path, share) => {
    damageAll(readShared(path), path, Math.ceil(wanted * share));
  });
});
