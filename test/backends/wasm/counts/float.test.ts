import { describe, expect, test } from 'vitest';
import { wasmCounts } from '../../../../converter/backends/wasm/counts/step.ts';
import { wasmKernelNeeds } from '../../../../converter/backends/wasm/needs.ts';
import type { Op } from '../../../../converter/ops/op.ts';
import { noPadding, type Padding, windowOutputSize } from '../../../../converter/ops/window.ts';
import { lowerGraph } from '../../../../converter/plan/lower.ts';
import type { Shape } from '../../../../converter/tensor/shape.ts';
import { clamps, productParts } from '../kernels/expect-same.ts';
import { emit, runnable, singleNode } from '../run-graph.ts';
import { executedCounts } from './executed.ts';

interface Case {
  readonly size: readonly [height: number, width: number];
  readonly kernel: readonly [height: number, width: number];
  readonly channels: number;
  readonly outputs?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly groups?: number;
  readonly batch?: number;
  readonly padding?: Padding;
  readonly clamp?: keyof typeof clamps;
}

const same3 = { top: 1, left: 1, bottom: 1, right: 1 };

function check(type: 'conv-2d' | 'depthwise-conv-2d', c: Case): void {
  const { size, kernel, channels, stride = 1, dilation = 1, groups = 1, batch = 1, padding = noPadding } = c;
  const outputs = type === 'conv-2d' ? (c.outputs ?? 8) : channels;
  const height = windowOutputSize(size[0], kernel[0], stride, dilation, padding.top + padding.bottom);
  const width = windowOutputSize(size[1], kernel[1], stride, dilation, padding.left + padding.right);
  const weights: Shape = type === 'conv-2d' ? [outputs, ...kernel, channels / groups] : [1, ...kernel, channels];
  const { inputs, output } = productParts({
    arithmetic: 'float32',
    input: [batch, ...size, channels],
    weights,
    output: [batch, height, width, outputs],
    channelAxis: type === 'conv-2d' ? 0 : 3,
  });
  const window = { strides: [stride, stride], dilations: [dilation, dilation], padding } as const;
  const common = { ...window, clamp: clamps[c.clamp ?? 'none'], hybrid: 'none' } as const;
  const op: Op = type === 'conv-2d' ? { type, attributes: { ...common, groups } } : { type, attributes: common };
  compare(op, inputs, output);
}

function compare(...[op, inputs, output]: Parameters<typeof singleNode>): void {
  const graph = singleNode(op, inputs, output);
  const [step] = lowerGraph(graph, wasmKernelNeeds, 'none').steps;
  for (const variant of runnable) {
    const expected = step === undefined ? null : wasmCounts(step, variant);
    expect(executedCounts(emit(graph, 'planned', 'none', variant)), variant).toMatchObject({ ...expected });
  }
}

describe('the counts of float32 convolutions', () => {
  test.each([1, 4, 6, 7, 13, 25])('1x1 at %i positions', (width) => {
    check('conv-2d', { size: [1, width], kernel: [1, 1], channels: 9, outputs: 19 });
  });
  test.each([1, 2, 3, 4, 5, 8, 16])('1x1 to %i channels', (outputs) => {
    check('conv-2d', { size: [3, 5], kernel: [1, 1], channels: 8, outputs, clamp: 'relu6' });
    check('conv-2d', { size: [1, 1], kernel: [1, 1], channels: 6, outputs, clamp: 'relu6' });
  });
  test('blocks of tiles', () => check('conv-2d', { size: [1, 61], kernel: [1, 1], channels: 300, outputs: 9 }));
  test.each([1, 2])('3x3 with stride %i', (stride) => {
    check('conv-2d', { size: [9, 8], kernel: [3, 3], channels: 5, stride, padding: same3, clamp: 'relu6' });
    check('conv-2d', { size: [9, 8], kernel: [3, 3], channels: 4, stride });
  });
  test('3x3 in tiles of 2x2', () => {
    check('conv-2d', { size: [6, 8], kernel: [3, 3], channels: 20, outputs: 36, padding: same3, clamp: 'relu6' });
    check('conv-2d', { size: [24, 20], kernel: [3, 3], channels: 32, outputs: 32, padding: same3, batch: 2 });
    check('conv-2d', { size: [4, 4], kernel: [3, 3], channels: 16, outputs: 16 });
  });
  test('groups, dilation, batch', () => {
    check('conv-2d', { size: [7, 8], kernel: [3, 3], channels: 6, outputs: 20, groups: 2, padding: same3, batch: 2 });
    check('conv-2d', { size: [9, 9], kernel: [3, 3], channels: 3, dilation: 2 });
  });
});

describe('the counts of float32 depthwise convolutions', () => {
  test.each([1, 2])('3x3 and 5x5 with stride %i', (stride) => {
    check('depthwise-conv-2d', { size: [9, 11], kernel: [3, 3], channels: 8, stride, padding: same3, clamp: 'relu6' });
    check('depthwise-conv-2d', { size: [9, 11], kernel: [5, 5], channels: 16, stride, padding: same3, batch: 2 });
  });
  test.each([2, 3, 7, 9, 12])('%i channels', (channels) => {
    check('depthwise-conv-2d', { size: [4, 5], kernel: [3, 3], channels, padding: same3 });
  });
  test('a wide kernel', () => check('depthwise-conv-2d', { size: [1, 30], kernel: [1, 9], channels: 5 }));
  test('one input channel, which is an ordinary convolution', () => {
    check('depthwise-conv-2d', { size: [6, 6], kernel: [3, 3], channels: 1 });
  });
});

test.each([1, 3])('the counts of a fully connected layer of %i rows', (rows) => {
  for (const [depth, units] of [
    [7, 8],
    [16, 13],
    [12, 3],
  ] as const) {
    const { inputs, output } = productParts({
      arithmetic: 'float32',
      input: [rows, depth],
      weights: [units, depth],
      output: [rows, units],
      channelAxis: 0,
    });
    compare({ type: 'fully-connected', attributes: { clamp: clamps.relu6, hybrid: 'none' } }, inputs, output);
  }
});
