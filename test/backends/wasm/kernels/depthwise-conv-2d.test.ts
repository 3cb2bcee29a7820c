import { describe, test } from 'vitest';
import type { DepthwiseConv2dAttributes } from '../../../../converter/ops/depthwise-conv-2d.ts';
import { noPadding, windowOutputSize } from '../../../../converter/ops/window.ts';
import type { Rounding } from '../../../../converter/tensor/requantize.ts';
import { singleNode } from '../run-graph.ts';
import { type Arithmetic, clamps, expectSame, type ProductOptions, productParts } from './expect-same.ts';

interface Case extends Partial<Omit<DepthwiseConv2dAttributes, 'hybrid'>>, Partial<ProductOptions> {
  readonly size?: readonly [height: number, width: number];
  readonly kernel?: readonly [height: number, width: number];
  readonly channels?: number;
  readonly multiplier?: number;
  readonly batch?: number;
  readonly rounding?: Rounding;
}

function graphOf(arithmetic: Arithmetic, c: Case) {
  const { size = [6, 5], kernel = [3, 3], channels = 8, multiplier = 1, batch = 1 } = c;
  const { strides = [1, 1], dilations = [1, 1], padding = noPadding, clamp = clamps.none } = c;
  const height = windowOutputSize(size[0], kernel[0], strides[0], dilations[0], padding.top + padding.bottom);
  const width = windowOutputSize(size[1], kernel[1], strides[1], dilations[1], padding.left + padding.right);
  const outputs = channels * multiplier;
  const { inputs, output } = productParts({
    ...c,
    arithmetic,
    input: [batch, ...size, channels],
    weights: [1, ...kernel, outputs],
    output: [batch, height, width, outputs],
    channelAxis: 3,
  });
  const hybrid = arithmetic === 'hybrid' ? 'asymmetric' : 'none';
  const attributes = { strides, dilations, padding, clamp, hybrid } as const;
  return singleNode({ type: 'depthwise-conv-2d', attributes }, inputs, output, c.rounding);
}

const same3 = { top: 1, left: 1, bottom: 1, right: 1 };
const edges = [1, 3, 4, 5, 7, 8, 9, 15, 16, 17];

describe.each(['int8', 'float32', 'hybrid'] as const)('depthwise-conv-2d %s', (arithmetic) => {
  const check = (c: Case) => expectSame(graphOf(arithmetic, c));

  test.each(edges)('%i channels', (channels) => {
    check({ channels, padding: same3 });
    check({ channels });
  });
  test.each([1, 2, 3])('stride %i', (stride) => {
    check({ strides: [stride, stride], padding: same3, size: [9, 8], channels: 9 });
    check({ strides: [stride, stride], size: [9, 8], channels: 9 });
  });
  test.each([
    [1, 1],
    [5, 3],
    [1, 4],
    [6, 6],
    [7, 5],
    [2, 40],
  ] as const)('kernel %ix%i', (height, width) => {
    const padding = { top: 1, left: 2, bottom: 0, right: 1 };
    check({ kernel: [height, width], padding, size: [8, 41], channels: 5 });
    check({ kernel: [height, width], size: [8, 41], channels: 11 });
  });
  test('kernel larger than the input', () => {
    check({ kernel: [5, 5], padding: { top: 2, left: 2, bottom: 2, right: 2 }, size: [2, 3], channels: 3 });
  });
  test.each([
    [2, 1],
    [4, 4],
    [3, 2],
  ])('stride %i and dilation %i beside each other', (stride, dilation) => {
    const strides = [1, stride] as const;
    check({ kernel: [6, 1], strides, dilations: [1, dilation], size: [9, 13], channels: 10 });
    check({ kernel: [2, 3], strides, dilations: [2, dilation], size: [9, 17], channels: 3, padding: same3 });
  });
  test.each([2, 3])('dilation %i', (dilation) => {
    check({ dilations: [dilation, dilation], size: [9, 10], channels: 4 });
    check({ dilations: [dilation, 1], padding: same3, size: [9, 10], channels: 12 });
  });
  test.each([2, 3, 8])('channel multiplier %i', (multiplier) => {
    check({ multiplier, channels: 3, padding: same3 });
    check({ multiplier, channels: 3 });
    check({ multiplier, channels: 1, kernel: [4, 3] });
  });
  test('batch 2', () => {
    check({ batch: 2, padding: same3 });
    check({ batch: 2, channels: 3, multiplier: 2 });
  });
  test('clamp', () => check({ clamp: clamps.relu6, padding: same3, channels: 13 }));
});

describe('depthwise-conv-2d int8 requantization', () => {
  for (const rounding of ['exact', 'single', 'float'] as const) {
    test(`${rounding}, shifts of both signs`, () => {
      expectSame(graphOf('int8', { rounding, channels: 17, weightScale: [0.1, 50], outputScale: 0.01 }));
    });
    test(`${rounding}, sums too large for vectors`, () => {
      expectSame(graphOf('int8', { rounding, channels: 9, weightScale: [100, 1e7], outputScale: 0.001 }));
    });
    test(`${rounding}, weights with a zero point`, () => {
      expectSame(
        graphOf('int8', { rounding, channels: 9, weightScale: [0.01, 0.01], weightZero: -17, padding: same3 }),
      );
    });
  }
});
