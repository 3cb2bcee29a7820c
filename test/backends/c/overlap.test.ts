import { describe, expect, it } from 'vitest';
import { findExecutable } from '../../../targets/tools.ts';
import { type ConvolutionCase, convolution, fullyConnected } from './models.ts';
import {
  dsp,
  host,
  IDLE,
  type LayerCase,
  layersOf,
  portable,
  stated,
  statedDistance,
  type Where,
  wrongLayers,
} from './overlap-runs.ts';

const tools = ['arm-none-eabi-gcc', 'qemu-system-arm'].every((tool) => findExecutable(tool) !== undefined);

const pointwise = { kernel: [1, 1], padding: [0, 0, 0, 0] } as const;

const shapes: readonly Partial<ConvolutionCase>[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 9, 125].map((width) => ({ ...pointwise, height: 1, width, channels: 8, outputs: 8 })),
  { ...pointwise, height: 25, width: 5, channels: 64, outputs: 64 },
  { ...pointwise, height: 12, width: 12, channels: 8, outputs: 16 },
  { ...pointwise, height: 7, width: 7, channels: 16, outputs: 5 },
  { ...pointwise, height: 7, width: 7, channels: 16, outputs: 8, batch: 3 },
  { ...pointwise, height: 7, width: 7, channels: 8, outputs: 16, strides: [2, 2], batch: 2 },
  { ...pointwise, height: 3, width: 3, channels: 81, outputs: 83 },
  { channels: 3, outputs: 5 },
  { channels: 3, outputs: 16, height: 9, width: 9 },
  { channels: 16, outputs: 16, height: 9, width: 9 },
  { channels: 32, outputs: 16, height: 6, width: 7 },
  { channels: 16, outputs: 32, height: 8, width: 8, strides: [2, 2], padding: [0, 0, 1, 1] },
  { channels: 1, outputs: 8, height: 20, width: 10, kernel: [10, 4], strides: [2, 2], padding: [4, 1, 5, 1] },
  { channels: 5, outputs: 7, kernel: [5, 2], strides: [2, 1], padding: [2, 0, 2, 1], batch: 2 },
  { channels: 8, outputs: 8, dilations: [2, 2], padding: [2, 2, 2, 2], height: 7, width: 7 },
  { channels: 4, outputs: 4, padding: [0, 0, 0, 0], height: 8, width: 8, batch: 2 },
  { channels: 8, outputs: 12, groups: 4, height: 5, width: 5 },
  { channels: 16, outputs: 8, groups: 2, ...pointwise },
  { channels: 4, outputs: 4, height: 2, width: 2, kernel: [5, 5], padding: [2, 2, 2, 2] },
  { channels: 4, outputs: 6, height: 3, width: 3, padding: [3, 3, 3, 3], kernel: [2, 2] },
  { channels: 8, outputs: 6, weightZero: 9, perChannel: false },
];

const fours: readonly Partial<ConvolutionCase>[] = [
  ...[2, 3, 4, 5, 6, 7, 8, 64].map((channels) => ({ channels, outputs: 1, height: 7, width: 5 })),
  { channels: 7, outputs: 1, ...pointwise, height: 5, width: 5 },
  { channels: 8, outputs: 1, height: 9, width: 9, strides: [2, 2], padding: [0, 0, 1, 1] },
  { channels: 6, outputs: 1, strides: [2, 2], padding: [0, 0, 1, 1], batch: 2 },
  { channels: 5, outputs: 1, kernel: [1, 3], padding: [0, 1, 0, 1] },
  { channels: 4, outputs: 3 },
  { channels: 3, outputs: 2, batch: 2 },
  { channels: 4, outputs: 1, dilations: [2, 1], padding: [2, 1, 2, 1] },
  { channels: 9, outputs: 1, kernel: [7, 6], padding: [3, 3, 3, 3] },
  { channels: 8, outputs: 1, weightZero: 9, perChannel: false },
];

const convolutions: readonly LayerCase[] = [
  ...shapes.map((shape, i) => ({ layer: convolution(shape, 100 + i), input: 0 })),
  ...fours.map((shape, i) => ({ layer: convolution({ ...shape, depthwise: true }, 200 + i), input: 0 })),
  ...[1, 2, 5].map((rows) => ({ layer: fullyConnected({ rows, depth: 12, units: 10 }, 300 + rows), input: 0 })),
];

const places: readonly (readonly [string, Where, number])[] = [
  ['on this computer', host, 0],
  ['on an emulated Cortex-M4', dsp, 0],
  ['on an emulated Cortex-M4 with idle memory', dsp, IDLE],
  ['on an emulated Cortex-M4 without its own instructions', portable, 0],
];

describe.skipIf(!tools)('convolutions whose output overwrites their input', () => {
  const layers = layersOf(convolutions);
  it.each(places)('are right at the stated distance %s', async (_, where, idle) => {
    expect(await wrongLayers(layers, stated(layers), where, idle)).toEqual([]);
  });

  it('are wrong nearly everywhere when they come eight bytes closer', async () => {
    const near = stated(layers, 8);
    const found = new Set([
      ...(await wrongLayers(layers, near, host)),
      ...(await wrongLayers(layers, near, dsp, IDLE)),
    ]);
    const could = layers.program.steps.filter((step) => (statedDistance(layers, step) ?? 0) >= 8);
    expect(found.size).toBeGreaterThan(0.7 * could.length);
  });
});
