import { describe, expect, test } from 'vitest';
import { compareTensors } from '../../../../converter/compare.ts';
import type { Conv2dAttributes } from '../../../../converter/ops/conv-2d.ts';
import { noPadding, windowOutputSize } from '../../../../converter/ops/window.ts';
import type { Rounding } from '../../../../converter/tensor/requantize.ts';
import { bothResults, emit, runnable, singleNode } from '../run-graph.ts';
import { type Arithmetic, clamps, expectSame, type ProductOptions, productParts } from './expect-same.ts';

interface Case extends Partial<Omit<Conv2dAttributes, 'hybrid'>>, Partial<ProductOptions> {
  readonly size?: readonly [height: number, width: number];
  readonly kernel?: readonly [height: number, width: number];
  readonly channels?: number;
  readonly outputs?: number;
  readonly batch?: number;
  readonly rounding?: Rounding;
  readonly symmetric?: boolean;
}

function graphOf(arithmetic: Arithmetic, c: Case) {
  const { size = [6, 5], kernel = [1, 1], channels = 8, outputs = 8, batch = 1, groups = 1 } = c;
  const { strides = [1, 1], dilations = [1, 1], padding = noPadding, clamp = clamps.none } = c;
  const height = windowOutputSize(size[0], kernel[0], strides[0], dilations[0], padding.top + padding.bottom);
  const width = windowOutputSize(size[1], kernel[1], strides[1], dilations[1], padding.left + padding.right);
  const { inputs, output } = productParts({
    ...c,
    arithmetic,
    input: [batch, ...size, channels],
    weights: [outputs, ...kernel, channels / groups],
    output: [batch, height, width, outputs],
    channelAxis: 0,
  });
  const hybrid = arithmetic !== 'hybrid' ? 'none' : c.symmetric ? 'symmetric' : 'asymmetric';
  const attributes = { strides, dilations, padding, groups, clamp, hybrid } as const;
  return singleNode({ type: 'conv-2d', attributes }, inputs, output, c.rounding);
}

const same3 = { top: 1, left: 1, bottom: 1, right: 1 };
const edges = [1, 3, 4, 5, 7, 8, 9, 15, 16, 17];

describe.each(['int8', 'float32', 'hybrid'] as const)('conv-2d %s', (arithmetic) => {
  const check = (c: Case) => expectSame(graphOf(arithmetic, c));

  test.each(edges)('1x1 with %i input channels', (channels) => check({ channels }));
  test.each(edges)('1x1 with %i output channels', (outputs) => check({ outputs }));
  test.each(edges)('3x3 with %i input channels', (channels) => {
    check({ channels, kernel: [3, 3], padding: same3 });
  });
  test.each([1, 2, 3, 4, 5, 7])('%i output positions', (width) => check({ size: [1, width] }));
  test.each([1, 2, 3])('stride %i', (stride) => {
    check({ kernel: [3, 3], strides: [stride, stride], padding: same3, size: [9, 8], channels: 3 });
    check({ strides: [stride, stride], size: [9, 8] });
  });
  test('5x3 with asymmetric padding', () => {
    check({ kernel: [5, 3], padding: { top: 0, left: 1, bottom: 3, right: 0 }, size: [7, 6], channels: 5 });
  });
  test('kernel larger than the input', () => {
    check({ kernel: [5, 5], padding: { top: 2, left: 2, bottom: 2, right: 2 }, size: [3, 2], channels: 3 });
  });
  test('stride larger than the kernel', () => check({ kernel: [1, 1], strides: [3, 2], size: [8, 7], channels: 3 }));
  test.each([2, 3])('dilation %i', (dilation) => {
    check({ kernel: [3, 3], dilations: [dilation, dilation], size: [11, 10], channels: 4 });
    check({ kernel: [3, 2], dilations: [1, dilation], padding: same3, size: [6, 7], channels: 3 });
  });
  test.each([2, 4])('%i groups', (groups) => {
    check({ groups, channels: 12, outputs: 20, kernel: [3, 3], padding: same3 });
    check({ groups, channels: 8, outputs: 8 });
  });
  test('batch 2', () => {
    check({ batch: 2, channels: 5 });
    check({ batch: 2, kernel: [3, 3], padding: same3, channels: 3, outputs: 9 });
  });
  test('clamp', () => check({ clamp: clamps.relu6, channels: 9 }));
  test('more positions than fit into a block', () => {
    check({ size: [12, 11], channels: 200, outputs: 9 });
    check({ size: [12, 11], channels: 64, outputs: 9, kernel: [3, 3], padding: same3 });
  });
});

describe('conv-2d float32 in tiles of 2x2', () => {
  const check = (c: Case) => expectSame(graphOf('float32', { kernel: [3, 3], ...c }));

  test.each([12, 16, 20])('%i input channels', (channels) => {
    check({ size: [6, 8], channels, outputs: 24, padding: same3 });
  });
  test.each([12, 16, 20, 36])('%i output channels', (outputs) => {
    check({ size: [6, 8], channels: 20, outputs, padding: same3, clamp: clamps.relu6 });
  });
  test.each([2, 4, 6, 10, 14])('%i output columns', (width) => {
    check({ size: [4, width], channels: 16, outputs: 16, padding: same3 });
  });
  test('no padding, batch 2', () => check({ size: [6, 8], channels: 16, outputs: 16, batch: 2 }));
  test('asymmetric padding', () => {
    check({ size: [5, 7], channels: 16, outputs: 16, padding: { top: 0, left: 1, bottom: 1, right: 0 } });
  });
  test.each(runnable)('several blocks of rows, within the tolerance of whole tensors, in %s', (variant) => {
    const graph = graphOf('float32', { kernel: [3, 3], size: [24, 20], channels: 32, outputs: 32, padding: same3 });
    const { expected, actual } = bothResults(graph, 1, variant);
    const [reference, result] = [expected[0] ?? expect.fail('no output'), actual[0] ?? expect.fail('no output')];
    expect(compareTensors(reference, result, 1e-6).difference).toBeNull();
  });
  test('odd sizes, which are multiplied as they are', () => {
    check({ size: [7, 8], channels: 16, outputs: 16, padding: same3 });
  });
});

describe('conv-2d int8 requantization', () => {
  const scalings = {
    'shifts differ by channel': {},
    'one shift': { weightScale: [0.01, 0.01] },
    'no shift': { weightScale: [3, 3.9], outputScale: 0.1 },
    'some without shift': { weightScale: [0.5, 3.9], outputScale: 0.1 },
    'shifts to the left': { weightScale: [0.5, 50], outputScale: 0.01 },
    'one shift to the left': { weightScale: [20, 20], outputScale: 0.01 },
    'very small factors': { weightScale: [1e-9, 1e-8] },
    'factors of zero': { weightScale: [1e-14, 1e-3] },
    'sums too large for vectors': { weightScale: [100, 1e7], outputScale: 0.001 },
    'weights with a zero point': { weightScale: [0.01, 0.01], weightZero: 11 },
  } as const;
  for (const rounding of ['exact', 'single', 'float'] as const) {
    test.each(Object.entries(scalings))(`${rounding}, %s`, (_, scaling) => {
      expectSame(graphOf('int8', { ...scaling, rounding, channels: 9, outputs: 13 }));
    });
  }
});

describe('conv-2d hybrid', () => {
  test('symmetric input', () => expectSame(graphOf('hybrid', { symmetric: true, channels: 5, batch: 2 })));
  test('weights with a zero point', () => expectSame(graphOf('hybrid', { weightZero: -9, channels: 5 })));
});

test('the same model gives the same bytes', () => {
  const graph = graphOf('int8', { kernel: [3, 3], padding: same3 });
  expect(emit(graph).bytes).toEqual(emit(graph).bytes);
});
