import { describe, expect, test } from 'vitest';
import { instructionTotal } from '../../../../converter/backends/wasm/counts/instructions.ts';
import { moduleInstructions } from '../../../../converter/backends/wasm/counts/module.ts';
import type { Variant } from '../../../../converter/backends/wasm/variant.ts';
import { windowOutputSize } from '../../../../converter/ops/window.ts';
import { clamps, productParts } from '../kernels/expect-same.ts';
import { emit, singleNode } from '../run-graph.ts';

/** Instructions for each multiply-accumulate, as predicted, of the kinds of layers that networks for small devices have: none is far behind. */

interface Form {
  readonly type: 'conv-2d' | 'depthwise-conv-2d';
  readonly size: readonly [height: number, width: number];
  readonly kernel: readonly [height: number, width: number];
  readonly channels: number;
  readonly outputs?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly groups?: number;
}

/** What is computed where, in which variant. */
const kinds = [
  ['int8', 'dot'],
  ['int8', 'simd128'],
  ['float32', 'madd'],
  ['float32', 'simd128'],
] as const;

const depthwise = { type: 'depthwise-conv-2d', size: [24, 24], channels: 64 } as const;
const grouped = { type: 'conv-2d', size: [16, 16], channels: 64 } as const;
const first = { type: 'conv-2d', size: [32, 32], kernel: [3, 3] } as const;

/** The most instructions for a product, in the order of the kinds. */
const forms: readonly (readonly [name: string, form: Form, limits: readonly number[]])[] = [
  ['depthwise 3x3', { ...depthwise, kernel: [3, 3] }, [0.85, 1.1, 0.65, 0.9]],
  ['depthwise 3x3, stride 2', { ...depthwise, kernel: [3, 3], stride: 2 }, [1.2, 1.1, 0.7, 0.95]],
  ['depthwise 3x3, dilated', { ...depthwise, kernel: [3, 3], dilation: 2 }, [0.9, 1.1, 0.65, 0.9]],
  ['depthwise 5x5', { ...depthwise, kernel: [5, 5] }, [0.55, 0.8, 0.5, 0.7]],
  ['depthwise 5x5, stride 2', { ...depthwise, kernel: [5, 5], stride: 2 }, [0.7, 0.8, 0.5, 0.75]],
  ['depthwise 7x7', { ...depthwise, kernel: [7, 7] }, [0.35, 0.95, 0.6, 0.8]],
  [
    'depthwise, two outputs of each channel',
    { ...depthwise, channels: 32, outputs: 64, kernel: [3, 3] },
    [0.9, 1.2, 1.4, 1.4],
  ],
  ['3x3 in 4 groups', { ...grouped, kernel: [3, 3], groups: 4 }, [0.2, 0.5, 0.6, 0.9]],
  ['3x3 in 16 groups', { ...grouped, kernel: [3, 3], groups: 16 }, [0.8, 1.4, 1.25, 1.9]],
  ['1x1', { ...grouped, kernel: [1, 1] }, [0.25, 0.55, 0.6, 0.9]],
  ['3x3', { ...grouped, kernel: [3, 3] }, [0.16, 0.45, 0.3, 0.45]],
  ['first layer, 1 channel', { ...first, channels: 1, outputs: 8, stride: 2 }, [0.75, 1.2, 0.85, 1.2]],
  ['first layer, 2 channels', { ...first, channels: 2, outputs: 16 }, [0.45, 0.85, 0.65, 0.95]],
  ['first layer, 3 channels', { ...first, channels: 3, outputs: 16 }, [0.4, 0.8, 0.65, 0.95]],
  ['first layer, 4 channels', { ...first, channels: 4, outputs: 32, stride: 2 }, [0.32, 0.6, 0.65, 0.95]],
];

function perProduct(form: Form, arithmetic: 'int8' | 'float32', variant: Variant): number {
  const { type, size, kernel, channels, outputs = channels, stride = 1, dilation = 1, groups = 1 } = form;
  const [top, left] = kernel.map((extent) => Math.floor((dilation * (extent - 1)) / 2));
  const padding = { top: top ?? 0, left: left ?? 0, bottom: top ?? 0, right: left ?? 0 };
  const height = windowOutputSize(size[0], kernel[0], stride, dilation, 2 * padding.top);
  const width = windowOutputSize(size[1], kernel[1], stride, dilation, 2 * padding.left);
  const depth = type === 'conv-2d' ? channels / groups : 1;
  const { inputs, output } = productParts({
    arithmetic,
    input: [1, ...size, channels],
    weights: type === 'conv-2d' ? [outputs, ...kernel, depth] : [1, ...kernel, outputs],
    output: [1, height, width, outputs],
    channelAxis: type === 'conv-2d' ? 0 : 3,
  });
  const window = { strides: [stride, stride], dilations: [dilation, dilation], padding } as const;
  const common = { ...window, clamp: clamps.relu6, hybrid: 'none' } as const;
  const op =
    type === 'conv-2d'
      ? ({ type, attributes: { ...common, groups } } as const)
      : ({ type, attributes: common } as const);
  const { module } = emit(singleNode(op, inputs, output), 'planned', 'none', variant);
  const total = moduleInstructions(module, 1).map(instructionTotal)[0] ?? expect.fail();
  return total / (height * width * outputs * kernel[0] * kernel[1] * depth);
}

describe('instructions for each product', () => {
  test.each(forms)('%s', (_, form, limits) => {
    kinds.forEach(([arithmetic, variant], i) => {
      const kind = `${arithmetic} ${variant}`;
      const found = perProduct(form, arithmetic, variant);
      expect(found, kind).toBeLessThan(limits[i] ?? 0);
      expect(found, `${kind} has become much better: lower the limit`).toBeGreaterThan(0.6 * (limits[i] ?? 0));
    });
  });
});
