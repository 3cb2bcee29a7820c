import type { Graph } from '../../../converter/ir/graph.ts';
import { noPadding, windowOutputSize } from '../../../converter/ops/window.ts';
import { clamps, productParts } from './kernels/expect-same.ts';
import { singleNode } from './run-graph.ts';

interface LayerShape {
  readonly size: readonly [height: number, width: number];
  readonly channels: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride: 1 | 2;
  readonly isPadded: boolean;
  readonly weightZero?: number;
  readonly isRelu?: boolean;
  readonly dilation?: number;
  readonly groups?: number;
}

function windowOf({ size, kernel, stride, isPadded, dilation = 1 }: LayerShape) {
  const side = isPadded ? Math.floor((dilation * (kernel - 1)) / 2) : 0;
  const padding = isPadded ? { top: side, left: side, bottom: side, right: side } : noPadding;
  const [height, width] = size.map((extent) => windowOutputSize(extent, kernel, stride, dilation, 2 * side));
  return { padding, height: height ?? 1, width: width ?? 1, strides: [stride, stride] as const };
}

function convolution(shape: LayerShape): Graph {
  const { size, channels, outputs, kernel, weightZero = 0, isRelu = false, dilation = 1, groups = 1 } = shape;
  const { padding, height, width, strides } = windowOf(shape);
  const { inputs, output } = productParts({
    ...{ arithmetic: 'int8', channelAxis: 0, weightZero },
    ...{
      input: [1, ...size, channels],
      weights: [outputs, kernel, kernel, channels / groups],
      output: [1, height, width, outputs],
    },
  });
  const clamp = isRelu ? clamps.relu6 : clamps.none;
  const dilations = [dilation, dilation] as const;
  const attributes = { strides, dilations, padding, groups, clamp, hybrid: 'none' } as const;
  return singleNode({ type: 'conv-2d', attributes }, inputs, output);
}

function depthwise(shape: LayerShape): Graph {
  const { size, channels, outputs, kernel, weightZero = 0, isRelu = false, dilation = 1 } = shape;
  const { padding, height, width, strides } = windowOf(shape);
  const { inputs, output } = productParts({
    ...{ arithmetic: 'int8', channelAxis: 3, weightZero },
    ...{ input: [1, ...size, channels], weights: [1, kernel, kernel, outputs], output: [1, height, width, outputs] },
  });
  const clamp = isRelu ? clamps.relu6 : clamps.none;
  const attributes = { strides, dilations: [dilation, dilation], padding, clamp, hybrid: 'none' } as const;
  return singleNode({ type: 'depthwise-conv-2d', attributes }, inputs, output);
}

function dense(depth: number, units: number, weightZero = 0): Graph {
  const { inputs, output } = productParts({
    ...{ arithmetic: 'int8', channelAxis: 0, weightZero },
    ...{ input: [1, depth], weights: [units, depth], output: [1, units] },
  });
  return singleNode({ type: 'fully-connected', attributes: { clamp: clamps.none, hybrid: 'none' } }, inputs, output);
}

const plain = { stride: 1, isPadded: false } as const;

/** Layers without padding, by name. */
export const unpaddedLayers: readonly (readonly [string, Graph])[] = [
  ['1x1', convolution({ ...plain, size: [7, 5], channels: 17, outputs: 19, kernel: 1 })],
  [
    '1x1 with a zero point',
    convolution({ ...plain, size: [4, 4], channels: 24, outputs: 9, kernel: 1, weightZero: -7 }),
  ],
  ['3x3', convolution({ ...plain, size: [9, 8], channels: 5, outputs: 12, kernel: 3, isRelu: true })],
  ['depthwise', depthwise({ ...plain, size: [8, 9], channels: 19, outputs: 19, kernel: 3, isRelu: true })],
  ['depthwise of 9 bits', depthwise({ ...plain, size: [8, 9], channels: 8, outputs: 8, kernel: 3, weightZero: 90 })],
  // Among 576 weights are those at the ends: 127 + 128 and -128 - 127.
  ['depthwise to 255', depthwise({ ...plain, size: [5, 6], channels: 64, outputs: 64, kernel: 3, weightZero: -128 })],
  ['depthwise to -255', depthwise({ ...plain, size: [5, 6], channels: 64, outputs: 64, kernel: 3, weightZero: 127 })],
  ['dense', dense(70, 21)],
  ['dense with a zero point', dense(32, 8, 11)],
];

/** Layers with padding, by name. */
export const paddedLayers: readonly (readonly [string, Graph])[] = [
  ['3x3', convolution({ size: [9, 8], channels: 3, outputs: 16, kernel: 3, stride: 2, isPadded: true })],
  [
    '5x5 with a zero point',
    convolution({ ...plain, size: [6, 7], channels: 4, outputs: 8, kernel: 5, isPadded: true, weightZero: 5 }),
  ],
  ['depthwise', depthwise({ ...plain, size: [6, 7], channels: 16, outputs: 16, kernel: 3, isPadded: true })],
  [
    'depthwise, stride 2',
    depthwise({ size: [9, 11], channels: 13, outputs: 13, kernel: 3, stride: 2, isPadded: true }),
  ],
  ['depthwise 5x5', depthwise({ ...plain, size: [7, 9], channels: 19, outputs: 19, kernel: 5, isPadded: true })],
  [
    'depthwise 5x5, stride 2, with a zero point',
    depthwise({ size: [9, 11], channels: 8, outputs: 8, kernel: 5, stride: 2, isPadded: true, weightZero: 90 }),
  ],
  [
    'depthwise, dilated, two outputs of each channel',
    depthwise({ ...plain, size: [8, 9], channels: 9, outputs: 18, kernel: 3, isPadded: true, dilation: 2 }),
  ],
  [
    '3x3 in groups',
    convolution({ ...plain, size: [9, 8], channels: 12, outputs: 20, kernel: 3, isPadded: true, groups: 4 }),
  ],
  [
    '3x3 in groups of eight outputs, with a zero point',
    convolution({
      size: [9, 8],
      channels: 10,
      outputs: 16,
      kernel: 3,
      stride: 2,
      isPadded: true,
      groups: 2,
      weightZero: 5,
    }),
  ],
];
