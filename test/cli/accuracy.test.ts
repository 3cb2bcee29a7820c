import { describe, expect, it } from 'vitest';
import { accuracyOf } from '../../cli/accuracy.ts';
import type { OutputTensor } from '../../cli/output/save.ts';
import { isClassList, showNumber, topValues, valuesOf } from '../../cli/values.ts';
import { hasShared, sharedDir } from '../support/shared.ts';
import { runJson } from './run-cli.ts';
import { runDataset } from './schemas.ts';

const int8 = (...values: number[]): OutputTensor => {
  const data = Int8Array.from(values);
  return { name: 'y', dtype: 'int8', shape: [1, data.length], data, scale: 0.5, zeroPoint: 2 };
};

describe('values', () => {
  it('are real and stored', () => {
    expect(valuesOf(int8(2, 4, -2))).toEqual([
      { index: 0, value: 0, stored: 2 },
      { index: 1, value: 1, stored: 4 },
      { index: 2, value: -2, stored: -2 },
    ]);
  });

  it('are ranked, the lower index first among equals, NaN last', () => {
    expect(topValues(int8(5, 9, 9, 1), 3).map(({ index }) => index)).toEqual([1, 2, 0]);
    const data = Float32Array.of(Number.NaN, -1, -2);
    const output: OutputTensor = { name: 'y', dtype: 'float32', shape: [3], data, scale: null, zeroPoint: null };
    expect(topValues(output, 3).map(({ index }) => index)).toEqual([1, 2, 0]);
  });

  it('tell a list of classes', () => {
    expect(isClassList({ ...int8(1, 2), shape: [1, 1, 2] })).toBe(true);
    expect(isClassList({ ...int8(1, 2), shape: [2, 1] })).toBe(false);
    expect(isClassList({ ...int8(1), shape: [1, 1] })).toBe(false);
  });

  it('print with six digits', () => {
    expect([0.1 + 0.2, -1.5, 3e-9, 12345678, Number.NaN].map(showNumber)).toEqual([
      '0.3',
      '-1.5',
      '3e-9',
      '12345678',
      'NaN',
    ]);
  });
});

describe('accuracyOf', () => {
  it('counts the largest value', () => {
    expect(accuracyOf([int8(1, 2), int8(2, 1), int8(1, 1)], [1, 1, 0])).toEqual({ total: 3, top1: 2, top5: null });
  });

  it('counts the top five of a hundred classes', () => {
    const output = int8(...Array.from({ length: 100 }, (_, i) => (i < 10 ? 20 - i : 0)));
    expect(accuracyOf([output, output, output], [0, 4, 5])).toEqual({ total: 3, top1: 1, top5: 2 });
  });
});

describe.skipIf(!hasShared)('the counts of the reference runtime', () => {
  const dataset = `${sharedDir}datasets/`;
  const model = (name: string) => `${sharedDir}models/tflite/${name}.tflite`;

  it.each([
    ['mlperf_kws_int8', ['kws01'], 451, 500],
    ['mlperf_ic_resnet8_int8', ['cifar10', '--pixels', '0..255'], 152, 200],
    ['mlperf_ic_resnet8_float', ['cifar10', '--pixels', '0..255'], 153, 200],
    ['tinymaix_mnist_valid_q', ['mnist/images-idx3-ubyte', '--limit', '500', '--pixels', '0..1'], 476, 500],
    ['tinymaix_mnist_valid_f', ['mnist/images-idx3-ubyte', '--limit', '500', '--pixels', '0..1'], 478, 500],
    ['ptq_mnist_lenet_300_100', ['mnist/images-idx3-ubyte', '--limit', '500', '--pixels', '0..1'], 489, 500],
  ] as const)('%s', async (name, [data, ...options], right, total) => {
    const argv = ['run', model(name), '--on', 'wasm', '--dataset', dataset + data, ...options];
    const { code, value } = await runJson(argv);
    expect(code).toBe(0);
    const counted = runDataset.parse(value).dataset;
    expect(counted.total).toBe(total);
    expect(counted.top1).toBe(right);
  });
});
