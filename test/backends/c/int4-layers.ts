import type { GroupSize } from '../../../converter/tensor/int4.ts';
import type { Rounding } from '../../../converter/tensor/requantize.ts';
import { withInt4Weights } from '../../support/int4.ts';
import type { Case } from './batch.ts';
import { type ConvolutionCase, convolution, fullyConnected, joined } from './models.ts';

export const pointwise = { kernel: [1, 1], padding: [0, 0, 0, 0] } as const;

/** Around tiles of pixels, blocks of channels, groups of inputs, and the largest block; then windows. */
const layers: readonly Partial<ConvolutionCase>[] = [
  ...[1, 2, 3, 4, 5].map((width) => ({ ...pointwise, height: 1, width, channels: 32, outputs: 8 })),
  ...[1, 3, 4, 5, 9].map((outputs) => ({ ...pointwise, channels: 36, outputs })),
  ...[4, 8, 12, 16, 20, 28, 60, 64, 68, 132].map((channels) => ({ ...pointwise, height: 2, channels, outputs: 6 })),
  ...[252, 256, 260, 264].map((channels) => ({ ...pointwise, height: 1, width: 2, channels, outputs: 5 })),
  { ...pointwise, channels: 40, outputs: 7, perChannel: false },
  { ...pointwise, channels: 40, outputs: 7, clamp: { min: 0, max: 6 }, batch: 2 },
  { ...pointwise, channels: 40, outputs: 7, strides: [2, 2] },
  { channels: 4, outputs: 8 },
  { channels: 12, outputs: 6, batch: 2, padding: [0, 0, 0, 0] },
  { channels: 32, outputs: 5, strides: [2, 1], dilations: [1, 2], padding: [1, 2, 1, 2] },
  // Not packed: inputs that do not lie in words, and groups of channels.
  { ...pointwise, channels: 33, outputs: 5 },
  { channels: 8, outputs: 6, groups: 2 },
];

/** Every layer, or every third, with weights of 4 bits, in one model. */
export function int4Case(group: GroupSize | null, rounding: Rounding, every = 1): Case {
  const layer = { rounding, outputZero: rounding === 'exact' ? -128 : null };
  const all = joined(`groups of ${group}, ${rounding}`, [
    ...layers.flatMap((one, i) => (i % every === 0 ? [convolution({ ...one, ...layer }, 900 + i)] : [])),
    ...[4, 60, 64, 100, 640].map((depth) => fullyConnected({ rows: 1, depth, units: 10, ...layer }, depth)),
    fullyConnected({ rows: 5, depth: 64, units: 11, ...layer }, 990),
  ]);
  return { ...all, graph: withInt4Weights(all.graph, group, 5) };
}
