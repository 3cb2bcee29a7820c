import type { Op } from '../../../ops/op.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';

/** Largest panel on the stack, in bytes; larger ones lie in idle bytes of the arena, if there are any. */
export const STACK_PANEL_BYTES = 640;

/** Pixels of a tile, the widest first. What is left over behind tiles of the same width goes through one of its own width. */
export const TILE_WIDTHS = [4, 3, 2, 1] as const;

/** Bytes of the panel of a tile of `pixels` pixels with that many inputs each: two bytes an input, in fours. */
export function tilePanelBytes(taps: number, pixels: number): number {
  return Math.ceil(taps / 4) * 8 * pixels;
}

/** Bytes of idle memory that the panel of an int8 convolution can use, see `KernelNeeds`; 0 where it goes onto the stack. */
export function panelBytes(
  op: Op,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
  share: number,
): number {
  const [input, weights] = inputs;
  const [output] = outputs;
  if (share === 0 || input?.dtype !== 'int8' || weights === undefined || output === undefined) return 0;
  if (op.type !== 'conv-2d' && op.type !== 'fully-connected') return 0;
  if (op.type === 'conv-2d' && op.attributes.groups !== 1) return 0;
  const outputChannels = dimension(weights.shape, 0);
  const taps = elementCount(weights.shape) / outputChannels;
  const pixels = elementCount(output.shape) / outputChannels;
  const width = TILE_WIDTHS.find((tile) => tile <= pixels && tile <= 4 * share) ?? 1;
  const bytes = tilePanelBytes(taps, width);
  return bytes <= STACK_PANEL_BYTES ? 0 : bytes;
}
