import type { Op } from '../../../ops/op.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { four, type Geometry, geometryOf } from '../geometry.ts';
import { STACK_PANEL_BYTES } from './panel-bytes.ts';

/** Bytes of one column of four rows and four channels; see bands.h. */
const COLUMN_BYTES = 32;

/** Bytes of the columns of a band. */
export function columnBytes({ outputWidth }: Geometry): number {
  return COLUMN_BYTES * (outputWidth + 2);
}

/**
 * Whether a depthwise convolution of int8 is done in bands of two output rows on Armv7E-M, where there is memory for the columns: 3x3
 * of stride 1, one output per channel, where that takes fewer instructions than the loop over the pixels.
 */
export function isInBands(g: Geometry): boolean {
  const { kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX } = g;
  const is3x3 = kernelHeight === 3 && kernelWidth === 3 && dilationY === 1 && dilationX === 1;
  const isOne = g.channels === g.outputChannels && g.channels >= 4 && strideY === 1 && strideX === 1;
  // All rows of the image are read, and no column lies outside on both sides.
  const isWhole = g.outputHeight + 2 - g.top >= g.height && g.left <= 2 && g.outputWidth >= 2;
  return is3x3 && isOne && isWhole && bandInstructions(g) < pixelInstructions(g);
}

/**
 * Instructions of bands.h per image, as its loops are written: a column; two outputs of a channel, one that is left over, what
 * surrounds them; the calls of a band, and the records of four channels.
 */
function bandInstructions({ width, outputHeight, outputWidth, channels }: Geometry): number {
  const channel = 52 * Math.floor(outputWidth / 2) + 27 * (outputWidth % 2) + 13;
  const columns = 21 * Math.min(width, outputWidth + 2) + 110;
  const fours = Math.ceil(channels / 4);
  return Math.ceil(outputHeight / 2) * (channels * channel + fours * columns) + fours * 260;
}

/** Instructions of depthwise.h per image. */
function pixelInstructions({ outputHeight, outputWidth, channels }: Geometry): number {
  return outputHeight * outputWidth * (Math.ceil(channels / 4) * 108 + 12);
}

/** The geometry of a depthwise convolution in bands; null for anything else. */
function bandsOf(
  op: Op<'depthwise-conv-2d'>,
  [input, weights]: readonly TensorType[],
  [output]: readonly TensorType[],
): Geometry | null {
  if (input?.dtype !== 'int8' || weights?.dtype !== 'int8' || output?.dtype !== 'int8') return null;
  const [, height, width] = four(weights.shape);
  const g = geometryOf(input.shape, output.shape, [height, width], op.attributes);
  return isInBands(g) ? g : null;
}

/** Bytes of idle memory that a depthwise convolution can use, see `KernelNeeds`; 0 where its columns go onto the stack. */
export function bandBytes(
  op: Op<'depthwise-conv-2d'>,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
  share: number,
): number {
  const g = share === 1 ? bandsOf(op, inputs, outputs) : null;
  const bytes = g === null ? 0 : columnBytes(g);
  return bytes <= STACK_PANEL_BYTES ? 0 : bytes;
}

/** What the loop over the pixels costs in the place of bands where there is too little idle memory; see `KernelNeeds`. */
export function bandSlowdown(
  op: Op<'depthwise-conv-2d'>,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
  spareBytes: number,
): number {
  const g = bandsOf(op, inputs, outputs);
  if (g === null || columnBytes(g) <= Math.max(STACK_PANEL_BYTES, spareBytes)) return 1;
  return pixelInstructions(g) / bandInstructions(g);
}

/** Bands go down the image four channels at a time: in memory that they share with their input no channel may meet another. */
export function bandOverlapUnit(
  op: Op<'depthwise-conv-2d'>,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
): number {
  return bandsOf(op, inputs, outputs)?.channels ?? 1;
}
