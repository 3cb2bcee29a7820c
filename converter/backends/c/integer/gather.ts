import { extent, type Geometry, readsOutside } from '../geometry.ts';
import type { CParameter } from '../kernel.ts';
import { tableParameter } from '../operand.ts';
import type { Patch } from './patch.ts';
import { zerosParameter } from './patch.ts';

/** Largest strip of windows across the edge of the image, on the stack, in bytes. */
const STRIP_BYTES = 320;

/** A convolution whose tiles are filled by gather.h. */
export interface Gather {
  /** The call, with the names of two tile functions, for `width` pixels and for those left over. */
  call(tile: string, last: string): string;
  /** Declarations before it. */
  readonly memory: string;
  /** Beside those of the layer and the patch. */
  readonly parameters: readonly CParameter[];
  /** Names of parameters that only this needs. */
  readonly names: readonly string[];
}

/** The tiles of a layer. */
interface GatherTiles {
  /** Pixels of a tile. */
  readonly width: number;
  /** Channels that a tile takes at a time. */
  readonly block: number;
  /** Bytes of the panel for each pixel. */
  readonly panelBytes: number;
  /** Twice the zero point of the output, and one. */
  readonly offset: number;
  /** Of the input. */
  readonly zeroPoint: number;
}

/**
 * The call of gather.h for a patch, or null where it is not made of image rows: columns apart from each other, or positions whose
 * channels are no multiple of four and which would take too much stack together.
 */
export function gatherOf(
  g: Geometry,
  patch: Patch,
  { width, panelBytes, offset, zeroPoint, block }: GatherTiles,
): Gather | null {
  const inFours = g.channels % 4 === 0;
  const byPositions = patch.parameters.length > 0;
  if (g.dilationX !== 1 || g.outputHeight * g.outputWidth === 1 || (byPositions && !inFours)) return null;
  const outside = readsOutside(g);
  const row = g.kernelWidth * g.channels;
  const runs = byPositions ? { count: g.kernelHeight, length: row } : patch.runs;
  const allFour = width === 4 && (g.outputHeight * g.outputWidth) % 4 === 0;
  const needsStrip = outside && !(inFours && allFour);
  // Where the inputs of a window lie in one piece its rows are one, and no window leaves the image.
  const strip = (3 * g.strideX + g.kernelWidth) * g.channels;
  if (needsStrip && g.kernelHeight * strip > STRIP_BYTES) return null;
  const pitch = g.dilationY * g.width * g.channels;
  const rest = restPlaces(runs);
  const [firstRow, lastRow] = insideOf(
    g.outputHeight,
    g.strideY,
    g.top,
    g.height - extent(g.kernelHeight, g.dilationY),
  );
  const [firstColumn, lastColumn] = insideOf(g.outputWidth, g.strideX, g.left, g.width - g.kernelWidth);
  const sizes = [
    ...[runs.count, runs.length - (runs.length % 4), g.strideX * g.channels, rest(0).length / 4],
    ...[pitch, g.strideY * g.width * g.channels],
    ...[
      offset,
      g.outputChannels,
      Math.floor(g.outputChannels / block),
      g.outputChannels % block,
      panelBytes,
      g.batch,
      g.height * g.width * g.channels,
      g.outputHeight * g.outputWidth,
    ],
    ...[width, (g.top * g.width + g.left) * g.channels, g.outputWidth],
    ...[firstRow, lastRow, firstColumn, lastColumn, g.kernelWidth, g.channels, g.height, g.width],
    ...[g.strideY, g.strideX, g.dilationY, g.top, g.left, zeroPoint, strip, ...rest(pitch)],
    ...(needsStrip ? rest(strip) : []),
  ];
  const zeros = outside && !needsStrip ? 'zeros' : 'input';
  const how = outside && !needsStrip ? 'thimble_gather_positions' : 'thimble_gather_windows';
  const ownZeros = outside && !needsStrip && !byPositions;
  return {
    call: (tile, last) =>
      `thimble_convolution(input, output, weights, biases, factors, sizes, ${zeros}, ${needsStrip ? 'strip' : '0'}, panel, ${how}, ${tile}, ${last});`,
    memory: needsStrip ? `int8_t strip[${g.kernelHeight * strip}];` : '',
    parameters: [
      tableParameter('sizes', { kind: 'numbers', stem: 'sizes', element: 'int32_t', data: sizes }),
      ...(ownZeros ? [zerosParameter(g.channels, zeroPoint)] : []),
    ],
    names: ['sizes', ...(ownZeros ? ['zeros'] : [])],
  };
}

/** Outputs of an axis whose windows lie inside: the first and the last of them, the last before the first where there is none. */
function insideOf(outputs: number, stride: number, before: number, last: number): readonly [number, number] {
  return [Math.ceil(before / stride), Math.min(outputs - 1, Math.floor((last + before) / stride))];
}

/** Places of what is left over of the rows behind whole words, filled up to a multiple of four, for rows `pitch` bytes apart. */
function restPlaces({
  count,
  length,
}: {
  readonly count: number;
  readonly length: number;
}): (pitch: number) => number[] {
  const each = length % 4;
  return (pitch) => {
    const places = Array.from(
      { length: count * each },
      (_, i) => Math.floor(i / each) * pitch + length - each + (i % each),
    );
    while (places.length % 4 !== 0) places.push(places[0] ?? 0);
    return places;
  };
}
