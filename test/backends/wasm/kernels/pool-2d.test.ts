import { describe, test } from 'vitest';
import type { Pool2dAttributes } from '../../../../converter/ops/pool-2d.ts';
import { noPadding, windowOutputSize } from '../../../../converter/ops/window.ts';
import { perTensor } from '../../../../converter/tensor/quantization.ts';
import { tensorType } from '../../../../converter/tensor/tensor.ts';
import { singleNode } from '../run-graph.ts';
import { clamps, expectSame } from './expect-same.ts';

interface Case extends Partial<Pool2dAttributes> {
  readonly size?: readonly [height: number, width: number];
  readonly channels?: number;
  readonly batch?: number;
}

describe.each(['int8', 'float32'] as const)('pool-2d %s', (dtype) => {
  const check = (c: Case) => {
    const { size = [7, 6], channels = 8, batch = 1, kernel = [2, 2], strides = [2, 2], padding = noPadding } = c;
    const height = windowOutputSize(size[0], kernel[0], strides[0], 1, padding.top + padding.bottom);
    const width = windowOutputSize(size[1], kernel[1], strides[1], 1, padding.left + padding.right);
    const q = dtype === 'int8' ? perTensor(0.05, -3) : ({ kind: 'none' } as const);
    for (const kind of ['average', 'max'] as const) {
      const { clamp = clamps.none, ties = 'away' } = c;
      const attributes: Pool2dAttributes = { kind, kernel, strides, dilations: [1, 1], padding, clamp, ties };
      const input = tensorType(dtype, [batch, ...size, channels], q);
      const output = tensorType(dtype, [batch, height, width, channels], q);
      expectSame(singleNode({ type: 'pool-2d', attributes }, [input], output));
    }
  };
  test.each([1, 3, 4, 5, 7, 8, 9, 16, 17])('%i channels', (channels) => check({ channels }));
  test('padded', () => {
    check({ kernel: [3, 3], strides: [1, 1], padding: { top: 1, left: 1, bottom: 1, right: 1 }, channels: 5 });
    check({ kernel: [3, 2], strides: [2, 1], padding: { top: 0, left: 1, bottom: 2, right: 0 }, channels: 11 });
  });
  test('ties up', () => check({ ties: 'up', kernel: [3, 3], strides: [1, 1] }));
  test('whole image', () => check({ kernel: [7, 6], channels: 20, batch: 2 }));
  test('clamp', () => check({ clamp: { min: -1, max: 1 } }));
  test('stride larger than the window', () => check({ kernel: [1, 2], strides: [3, 3] }));
});
