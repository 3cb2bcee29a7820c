import type { Op } from '../../../ops/op.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { panelInputs } from './int16-runs.ts';

/** Largest panel on the stack, in bytes; larger ones lie in idle bytes of the arena, if there are any. */
export const STACK_PANEL_BYTES = 640;

/** Pixels of a tile, the widest first. What is left over behind tiles of the same width goes through one of its own width. */
export const TILE_WIDTHS = [4, 3, 2, 1] as const;

/** Bytes of the panel of a tile of `pixels` pixels with that many inputs each: two bytes an input, in fours. */
export function tilePanelBytes(taps: number, pixels: number): number {
  return Math.ceil(taps / 4) * 8 * pixels;
}

/**
 * Instructions of a tile of that many pixels by pixel, compared with the widest: of layers of ResNet-8 on an emulated Cortex-M4.
 * 0 stands for the portable loops.
 */
const tileCosts: Readonly<Record<0 | (typeof TILE_WIDTHS)[number], number>> = {
  4: 1,
  3: 1.06,
  2: 1.15,
  1: 1.4,
  0: 3.2,
};

/** Inputs and pixels of an int8 convolution that gains by panels; null for other operators, and for one pixel, which does not. */
function panelOf(
  op: Op,
  [input, weights]: readonly TensorType[],
  [output]: readonly TensorType[],
): { readonly taps: number; readonly pixels: number } | null {
  if (input === undefined || weights === undefined || output === undefined) return null;
  if (input.dtype !== 'int8' && (input.dtype !== 'int16' || weights.dtype !== 'int8')) return null;
  if (op.type !== 'conv-2d' && op.type !== 'fully-connected') return null;
  if (op.type === 'conv-2d' && op.attributes.groups !== 1) return null;
  const channels = dimension(weights.shape, 0);
  const pixels = elementCount(output.shape) / channels;
  const taps = elementCount(weights.shape) / channels;
  if (input.dtype === 'int16') return pixels === 1 && taps % 8 === 0 ? null : { taps: int16Taps(op, weights), pixels };
  return pixels === 1 ? null : { taps, pixels };
}

/** As panels of int16 data are filled up; see int16_tiles.h. */
function int16Taps(op: Op<'conv-2d' | 'fully-connected'>, { shape }: TensorType): number {
  const isConvolution = op.type === 'conv-2d';
  const [kernelHeight, kernelWidth] = isConvolution ? [dimension(shape, 1), dimension(shape, 2)] : [1, 1];
  const dilationX = isConvolution ? op.attributes.dilations[1] : 1;
  return panelInputs({ kernelHeight, kernelWidth, channels: dimension(shape, -1), dilationX });
}

/** Bytes of idle memory that the panel of an int8 convolution can use, see `KernelNeeds`; 0 where it goes onto the stack. */
export function panelBytes(
  op: Op,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
  share: number,
): number {
  const panel = share === 0 ? null : panelOf(op, inputs, outputs);
  if (panel === null) return 0;
  const width = TILE_WIDTHS.find((tile) => tile <= panel.pixels && tile <= 4 * share) ?? 1;
  const bytes = tilePanelBytes(panel.taps, width);
  return bytes <= STACK_PANEL_BYTES ? 0 : bytes;
}

/** What the widest panel that fits into so many idle bytes, or onto the stack, costs; see `KernelNeeds`. */
export function panelSlowdown(
  op: Op,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
  spareBytes: number,
): number {
  const panel = panelOf(op, inputs, outputs);
  if (panel === null) return 1;
  const widths = TILE_WIDTHS.filter((tile) => tile <= panel.pixels);
  const most = Math.max(STACK_PANEL_BYTES, spareBytes);
  const width = widths.find((tile) => tilePanelBytes(panel.taps, tile) <= most) ?? 0;
  return tileCosts[width] / tileCosts[widths[0] ?? 1];
}
