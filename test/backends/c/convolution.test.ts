import { describe, it } from 'vitest';
import { expectSameAsReference, OTHER_COMPILERS, SANITIZED } from './batch.ts';
import { type ConvolutionCase, convolution, fullyConnected } from './models.ts';

const shapes: readonly Partial<ConvolutionCase>[] = [
  ...[1, 3, 4, 5, 7, 8, 9].map((channels) => ({ channels, outputs: channels })),
  ...[1, 3, 4, 5, 7, 8, 9].map((outputs) => ({
    channels: 3,
    outputs,
    kernel: [1, 1] as const,
    padding: [0, 0, 0, 0] as const,
  })),
  { kernel: [5, 3], channels: 5, outputs: 6 },
  { kernel: [3, 3], strides: [2, 2], padding: [0, 0, 1, 1], height: 8, width: 8 },
  { kernel: [3, 3], strides: [3, 3], padding: [2, 0, 1, 2], height: 9, width: 7, channels: 3 },
  { kernel: [5, 5], height: 3, width: 2, padding: [2, 2, 2, 3], channels: 2 },
  { kernel: [7, 7], height: 2, width: 3, padding: [5, 3, 3, 4], channels: 9, outputs: 5 },
  { kernel: [3, 3], dilations: [2, 2], padding: [2, 2, 2, 2], channels: 4 },
  { kernel: [3, 3], dilations: [2, 1], padding: [2, 1, 2, 1], channels: 3 },
  { kernel: [3, 3], dilations: [1, 2], padding: [0, 0, 0, 0], channels: 7, height: 7, width: 7 },
  { channels: 32, outputs: 12 },
  { channels: 33, outputs: 13 },
  { channels: 33, outputs: 5, padding: [0, 0, 0, 0] },
  { batch: 2, channels: 3 },
  { batch: 3, kernel: [1, 1], padding: [0, 0, 0, 0] },
  { kernel: [1, 1], strides: [2, 2], padding: [0, 0, 0, 0], height: 6, width: 6 },
  { kernel: [1, 1], padding: [1, 0, 0, 2] },
  { channels: 8, outputs: 12, groups: 2 },
  { channels: 6, outputs: 6, groups: 6 },
  { channels: 4, outputs: 10, groups: 2, padding: [0, 0, 0, 0] },
  { clamp: { min: 0, max: 6 } },
  { clamp: { min: 0, max: Number.POSITIVE_INFINITY }, perChannel: false },
  { weightZero: 7, perChannel: false },
  { weightZero: -100, perChannel: false, channels: 3, outputs: 7 },
  { weightZero: 50, perChannel: false, kernel: [1, 1], padding: [0, 0, 0, 0] },
  { height: 1, kernel: [1, 3], padding: [0, 1, 0, 1], width: 12 },
  { height: 4, width: 3, kernel: [4, 3], padding: [0, 0, 0, 0] },
  { height: 9, width: 3, kernel: [4, 3], padding: [0, 0, 0, 0], channels: 5 },
  { height: 1, width: 5, kernel: [1, 1], padding: [0, 0, 0, 0] },
];

const depthwise: readonly Partial<ConvolutionCase>[] = [
  ...[1, 3, 4, 5, 7, 8, 9].map((channels) => ({ channels, outputs: 1 })),
  ...[1, 2, 8].map((outputs) => ({ channels: 1, outputs, kernel: [5, 4] as const, padding: [2, 1, 2, 2] as const })),
  ...[2, 8].map((outputs) => ({ channels: 3, outputs })),
  { strides: [2, 2], padding: [0, 0, 1, 1], height: 8, width: 8, outputs: 1 },
  { strides: [3, 2], padding: [1, 2, 0, 0], outputs: 1, channels: 6 },
  { kernel: [5, 5], height: 3, width: 2, padding: [2, 2, 2, 3], outputs: 1 },
  { kernel: [7, 6], height: 5, width: 4, padding: [3, 3, 3, 3], outputs: 1 },
  { dilations: [2, 2], padding: [2, 2, 2, 2], outputs: 1 },
  { padding: [0, 0, 0, 0], outputs: 1, batch: 2 },
  { batch: 2, outputs: 2 },
  { kernel: [1, 1], padding: [0, 0, 0, 0], outputs: 1 },
  { clamp: { min: 0, max: 6 }, outputs: 1 },
  { weightZero: 9, perChannel: false, outputs: 1 },
  { weightZero: -128, perChannel: false, outputs: 2 },
  { weightZero: 30, perChannel: false, channels: 1, outputs: 8 },
  { height: 30, width: 1, kernel: [15, 1], padding: [0, 0, 0, 0], outputs: 1, channels: 8 },
];

const matrices = [
  ...[1, 3, 4, 5, 7, 8, 9, 64].map((units) => ({ rows: 1, depth: 16, units })),
  ...[1, 2, 3, 4, 5, 6, 7, 129].map((depth) => ({ rows: 2, depth, units: 6 })),
  { rows: 3, depth: 12, units: 10, perChannel: false },
  { rows: 1, depth: 40, units: 4, weightZero: 3, perChannel: false },
  { rows: 2, depth: 7, units: 5, weightZero: -90, perChannel: false, clamp: { min: -1, max: 1 } },
];

function cases(options: Partial<ConvolutionCase>, seed: number) {
  const all = { ...options };
  return [
    ...shapes.map((shape, i) => convolution({ ...shape, ...all }, seed + i)),
    ...depthwise.map((shape, i) => convolution({ ...shape, ...all, depthwise: true }, seed + 100 + i)),
    ...matrices.map((shape, i) => fullyConnected({ ...shape, ...all }, seed + 200 + i)),
  ];
}

describe('convolutions and matrix products in C equal the reference', () => {
  it('int8 exact', () => expectSameAsReference(cases({ arithmetic: 'int8' }, 1), SANITIZED));
  it('int8 single', () => expectSameAsReference(cases({ arithmetic: 'int8', rounding: 'single' }, 2), SANITIZED));
  it('int8 float', () => {
    const some = cases({ arithmetic: 'int8', rounding: 'float' }, 3).filter((_, i) => i % 4 === 0);
    return expectSameAsReference(some, SANITIZED);
  });
  it('float32', () => expectSameAsReference(cases({ arithmetic: 'float32' }, 3), SANITIZED));
  it('hybrid asymmetric', () =>
    expectSameAsReference(cases({ arithmetic: 'asymmetric', weightZero: 0 }, 4), SANITIZED));
  it('hybrid symmetric', () => expectSameAsReference(cases({ arithmetic: 'symmetric', weightZero: 0 }, 5), SANITIZED));
  it.each(OTHER_COMPILERS)('int8, with $compiler', (options) =>
    expectSameAsReference(cases({ arithmetic: 'int8' }, 6), options),
  );
});
