import { expect, test } from 'vitest';
import { type SplitSum, splitSum } from '../../../../converter/backends/wasm/packing/split-sum.ts';
import { noClamp } from '../../../../converter/ops/definition.ts';
import { zipConstants, zipStored } from '../../../../converter/ops/zip.ts';
import { perTensor } from '../../../../converter/tensor/quantization.ts';
import { tensorType } from '../../../../converter/tensor/tensor.ts';
import { random } from '../run-graph.ts';

function evaluated({ high, low, shift, bounds }: SplitSum, a: number, b: number): number {
  const fraction = (a * low[0] + b * low[1] + low[2]) >> 15;
  return Math.max(bounds.min, Math.min(bounds.max, (a * high[0] + b * high[1] + high[2] + fraction) >> shift));
}

test('a sum of two int8 rounds once where that is the same for all pairs', () => {
  const next = random(3);
  const type = () => tensorType('int8', [4], perTensor(0.01 + 0.1 * next(), Math.floor(next() * 256) - 128));
  let found = 0;
  for (const fn of ['add', 'sub', 'add', 'add'] as const) {
    const constants = zipConstants({ fn, clamp: noClamp }, type(), type(), type(), 'exact');
    const split = splitSum(constants);
    if (split === null) continue;
    found++;
    for (let a = -128; a < 128; a += 3) {
      for (let b = -128; b < 128; b++) {
        if (evaluated(split, a, b) !== zipStored(constants, a, b, 'exact')) expect.fail(`${fn} of ${a} and ${b}`);
      }
    }
  }
  expect(found).toBeGreaterThan(1);
});

test('what has ties that round to different sides, or is no such sum, stays', () => {
  const same = tensorType('int8', [4], perTensor(0.5, 0));
  const double = tensorType('int8', [4], perTensor(1, 0));
  // Halves go away from zero: no one offset is right for both signs.
  expect(splitSum(zipConstants({ fn: 'add', clamp: noClamp }, same, same, double, 'exact'))).toBe(null);
  expect(splitSum(zipConstants({ fn: 'mul', clamp: noClamp }, same, same, double, 'exact'))).toBe(null);
});
