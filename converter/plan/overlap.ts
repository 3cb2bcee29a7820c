import { dtypeBytes } from '../tensor/dtype.ts';
import { elementCount } from '../tensor/shape.ts';
import { byteSize, type TensorType } from '../tensor/tensor.ts';

/**
 * How close a kernel's output may come to its inputs (P. Blacker, C. P. Bridges, S. Hadfield, "Diagonal Memory Optimisation
 * for Machine Learning on Micro-controllers", arXiv 2010.01668).
 *
 * The least safe distance of an input is the smallest d >= 0 such that the result is right whenever the input begins d bytes or
 * more behind the beginning of the output, although the output overwrites it. A kernel reads and writes in an order that its
 * shapes fix, so that d is the largest difference, over all moments, between the end of what is written and the first byte that is
 * still to be read. 0 includes work exactly in place; at d = bytes of the output the two are disjoint.
 *
 * A kernel that writes its output from the first byte to the last has d = max over its reads of (bytes written before - place read).
 */

/** The least safe distance of each input of a step in bytes; null where only disjoint memory is safe. */
export type Overlaps = readonly (number | null)[];

/** A moment of a kernel: it reads, then writes. In bytes from the beginning of the input and of the output. */
export interface AccessEvent {
  /** The first byte that is read; Infinity where nothing is. */
  readonly read: number;
  /** One past the last byte that is written; 0 where nothing is. */
  readonly written: number;
}

/** The least safe distance of any sequence of events. */
export function leastDistance(events: readonly AccessEvent[]): number {
  const toRead = new Float64Array(events.length + 1).fill(Number.POSITIVE_INFINITY);
  for (let k = events.length - 1; k >= 0; k--) {
    toRead[k] = Math.min(toRead[k + 1] ?? Number.POSITIVE_INFINITY, events[k]?.read ?? Number.POSITIVE_INFINITY);
  }
  let written = 0;
  let distance = 0;
  events.forEach((event, k) => {
    written = Math.max(written, event.written);
    distance = Math.max(distance, written - (toRead[k + 1] ?? Number.POSITIVE_INFINITY));
  });
  return distance;
}

/** No input may overlap the output. */
export function disjoint(inputs: readonly TensorType[]): Overlaps {
  return inputs.map(() => null);
}

/** Only input 0 may overlap the output, from `distance` on; at the bytes of the output it does so no more. */
export function firstOverlaps(
  distance: number,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
): Overlaps {
  return inputs.map((_, index) => (index === 0 ? limited(distance, outputs) : null));
}

/** A distance between 0 and the bytes of output 0. */
export function limited(distance: number, [output]: readonly TensorType[]): number {
  return Math.max(0, Math.min(distance, output === undefined ? 0 : byteSize(output)));
}

/** One of nested loops; each round moves on by so many bytes in the input and in the output. */
export interface LoopStep {
  readonly count: number;
  readonly read: number;
  readonly written: number;
}

/**
 * The distance of nested loops whose body reads one place of the input, at which nothing lower is read, and then writes one of
 * the output, in ascending order: the most by which the place written can be ahead of the place read.
 */
export function nestDistance(loops: readonly LoopStep[]): number {
  return loops.reduce((sum, { count, read, written }) => sum + Math.max(0, (count - 1) * (written - read)), 0);
}

/** The distance of a kernel that reads each element before it writes the one of the same index, in ascending order. */
export function elementwiseDistance(input: TensorType, output: TensorType): number {
  const [read, written] = [dtypeBytes[input.dtype], dtypeBytes[output.dtype]];
  return nestDistance([{ count: elementCount(output.shape), read, written }]);
}

/** A window that walks over the rows and columns of NHWC images, pixel by pixel of the output. */
export interface WindowWalk {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly dilationY: number;
  readonly dilationX: number;
  readonly top: number;
  readonly left: number;
}

/** Bytes of one element of the input and of the output. */
export interface ElementBytes {
  readonly read: number;
  readonly written: number;
}

/**
 * The distance of a kernel that computes output pixel by output pixel and reads of the input no more than the window of the pixel.
 * `within`: the most by which, within a pixel, the place written is ahead of the place read, each from the pixel's own beginning.
 *
 * Rows, columns and images add up: each has its place of its own in every address.
 */
export function windowDistance(walk: WindowWalk, bytes: ElementBytes, within: number): number {
  const { rows, columns, images } = stridesOf(walk, bytes);
  const down = axisDistance(rows, walk.outputHeight, (oy) => firstRow(walk, oy));
  const across = axisDistance(columns, walk.outputWidth, (ox) => firstColumn(walk, ox));
  return Math.max(0, down + across + nestDistance([{ count: walk.batch, ...images }]) + within);
}

/** Bytes from one row, column and image to the next. */
function stridesOf(walk: WindowWalk, { read, written }: ElementBytes) {
  const columns = { read: walk.channels * read, written: walk.outputChannels * written };
  const rows = { read: walk.width * columns.read, written: walk.outputWidth * columns.written };
  const images = { read: walk.height * rows.read, written: walk.outputHeight * rows.written };
  return { columns, rows, images };
}

/** -Infinity where no output reads anything. */
function axisDistance({ read, written }: ElementBytes, outputs: number, first: (output: number) => number | null) {
  let most = Number.NEGATIVE_INFINITY;
  for (let output = 0; output < outputs; output++) {
    const place = first(output);
    if (place !== null) most = Math.max(most, output * written - place * read);
  }
  return most;
}

function firstRow({ height, kernelHeight, strideY, dilationY, top }: WindowWalk, oy: number): number | null {
  return firstInside(oy * strideY - top, kernelHeight, dilationY, height);
}

function firstColumn({ width, kernelWidth, strideX, dilationX, left }: WindowWalk, ox: number): number | null {
  return firstInside(ox * strideX - left, kernelWidth, dilationX, width);
}

/** The first position of `start`, `start + dilation`, ... inside `size`, or null. */
function firstInside(start: number, count: number, dilation: number, size: number): number | null {
  const skipped = start < 0 ? Math.ceil(-start / dilation) : 0;
  const place = start + skipped * dilation;
  return skipped < count && place < size ? place : null;
}
