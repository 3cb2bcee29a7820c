import { describe, expect, test } from 'vitest';
import { readTfliteModel } from '../../../../converter/frontends/tflite/format/read.ts';
import { ProblemError } from '../../../../converter/problem.ts';
import { mutate } from '../../../support/mutate.ts';
import { hasShared, readShared } from '../../../support/shared.ts';
import { smallModel } from './small-model.ts';
import { writeTflite } from './write-tflite.ts';

interface Outcome {
  read: number;
  readonly codes: Set<string>;
}

/** Reads `count` damaged copies; anything but a {@link ProblemError} fails the test with the seed in its message. */
function readMutations(file: Uint8Array, firstSeed: number, count: number, outcome: Outcome): void {
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    try {
      readTfliteModel(mutate(file, seed));
      outcome.read++;
    } catch (error) {
      if (!(error instanceof ProblemError)) throw new Error(`seed ${seed}`, { cause: error });
      expect(error.problems.length).toBeGreaterThan(0);
      for (const problem of error.problems) outcome.codes.add(problem.code);
    }
  }
}

test('a damaged small model gives a model or problems, nothing else', () => {
  const outcome: Outcome = { read: 0, codes: new Set() };
  readMutations(writeTflite(smallModel().model), 0, 2000, outcome);
  expect(outcome.read).toBeGreaterThan(0);
  // The damage reaches structure, indices, shapes and order alike.
  expect([...outcome.codes]).toEqual(
    expect.arrayContaining([
      'tflite-truncated',
      'tflite-malformed',
      'tflite-index',
      'tflite-data-size',
      'tflite-dangling',
    ]),
  );
});

describe.skipIf(!hasShared)('damaged copies of real files', () => {
  const files = [
    'tflite/nns_add.tflite',
    'tflite/split_concat.tflite',
    'tflite/xor.tflite',
    'tflite_ops/feedback_tensor_with_state_copy_model.tflite',
    'tflite_ops/simple_group_norm_op.tflite',
    'tflite_ops/sparse_tensor.tflite',
  ];

  test.each(files)('%s', (path) => {
    const outcome: Outcome = { read: 0, codes: new Set() };
    readMutations(readShared(`models/${path}`), 1000, 500, outcome);
    expect(outcome.read).toBeGreaterThan(0);
    expect(outcome.codes.size).toBeGreaterThan(3);
  });
});
