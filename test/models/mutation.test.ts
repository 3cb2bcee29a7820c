import { describe, expect, test } from 'vitest';
import { importModel, optimizeGraph, planProgram } from '../../converter/pipeline.ts';
import { ProblemError } from '../../converter/problem.ts';
import { mutate } from '../support/mutate.ts';
import { simpleNeeds } from '../support/needs.ts';
import { hasShared, readShared } from '../support/shared.ts';
import { editFields } from './edit-fields.ts';

/**
 * Damaged copies of real files go through every stage up to the memory plan. They end as a plan or as problems told to the user;
 * an internal error, any other exception, a hang or a gigabyte of memory is a fault of ours.
 *
 * THIMBLE_MUTATIONS=N asks for about N files, instead of 20,000.
 */
const wanted = Number(process.env.THIMBLE_MUTATIONS ?? '20000');

const rssLimitBytes = 2 ** 30;

/** Files and the share of the mutations that each gets; larger files take longer and get less. */
const shares: readonly (readonly [path: string, share: number])[] = [
  ['models/tflite/tflm_hello_world_int8.tflite', 0.15],
  ['models/tflite/tflm_hello_world_float.tflite', 0.1],
  ['models/tflite/xor.tflite', 0.15],
  ['models/tflite/tflm_simple_add.tflite', 0.1],
  ['models/tflite/tinymaix_mnist_valid_q.tflite', 0.2],
  ['models/tflite/mltk_tflite_micro_magic_wand.tflite', 0.1],
  ['models/tflite/tflm_micro_speech_int8.tflite', 0.1],
  ['examples/digits/digits_int8.tflite', 0.06],
  ['models/tflite/mlperf_kws_int8.tflite', 0.04],
];

interface Outcome {
  planned: number;
  readonly codes: Map<string, number>;
}

function convert(file: Uint8Array, name: string, seed: number, outcome: Outcome): void {
  try {
    const { graph } = optimizeGraph(importModel(file, name));
    planProgram(graph, simpleNeeds);
    outcome.planned++;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw new Error(`${name}, seed ${seed}: ${String(error)}`, { cause: error });
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { code, where, what, advice } of error.problems) {
      expect(where !== '' && what !== '' && advice !== '', `${name}, seed ${seed}: ${code}`).toBe(true);
      outcome.codes.set(code, (outcome.codes.get(code) ?? 0) + 1);
    }
  }
}

describe.skipIf(!hasShared)('damaged copies of real files give a plan or problems', () => {
  test.each(shares)('%s', { timeout: 3_600_000 }, (path, share) => {
    const file = readShared(path);
    const outcome: Outcome = { planned: 0, codes: new Map() };
    const count = Math.ceil(wanted * share);
    for (let seed = 0; seed < count; seed++) convert(mutate(file, seed), path, seed, outcome);
    // The damage reaches past the reader of the format: some files still convert, others fail in different ways.
    expect(outcome.planned).toBeGreaterThan(0);
    expect(outcome.codes.size).toBeGreaterThan(5);
    expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(rssLimitBytes);
  });
});

/** Small files with many kinds of operators between them; writing a file anew takes longer than damaging it. */
const edited: readonly string[] = [
  'models/tflite/tflm_hello_world_int8.tflite',
  'models/tflite/xor.tflite',
  'models/tflite/tflm_simple_add.tflite',
  'models/tflite/tinymaix_mnist_valid_q.tflite',
  'models/tflite/hand_keypoint_classifier.tflite',
  'models/tflite_ops/unidirectional_sequence_lstm.tflite',
  'models/tflite/tflm_mnist_lstm_int8.tflite',
];

describe.skipIf(!hasShared)('files with odd values in their fields give a plan or problems', () => {
  test.each(edited)('%s', { timeout: 3_600_000 }, (path) => {
    const file = readShared(path);
    const outcome: Outcome = { planned: 0, codes: new Map() };
    for (let seed = 0; seed < wanted / 10; seed++) convert(editFields(file, seed), path, seed, outcome);
    expect(outcome.planned).toBeGreaterThan(0);
    expect(outcome.codes.size).toBeGreaterThan(5);
    expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(rssLimitBytes);
  });
});
