import type { Nhwc, Window } from '../../../ops/window.ts';
import { type TileRun, tileRuns } from './float-tiling.ts';

/** A float depthwise layer with one output for each input channel. */
export interface FloatDepthwiseShape {
  readonly window: Window;
  readonly input: Nhwc;
  readonly kernel: { readonly height: number; readonly width: number };
  readonly outputHeight: number;
  readonly outputWidth: number;
}

/** Output pixels that are computed together, and which inputs meet which weights: the same for all blocks of a run. */
export interface PixelBlock {
  /** For each pixel its taps within a row of the kernel; taps in the padding are left out. */
  readonly pixels: readonly (readonly Tap[])[];
}

export interface Tap {
  /** Column of the kernel. */
  readonly kernel: number;
  /** Column of the input, from the first one that the block reads. */
  readonly input: number;
}

/** Blocks of one row, one beside the other, that differ in their places only. */
export interface BlockRun {
  readonly block: PixelBlock;
  readonly count: number;
  /** The first output column, and the first input column. */
  readonly output: number;
  readonly input: number;
}

/** The blocks of a row with at most `largest` pixels, from left to right. */
export function blockRuns(shape: FloatDepthwiseShape, largest: number): readonly BlockRun[] {
  const runs: BlockRun[] = [];
  let start = 0;
  const sizes = tileRuns(shape.outputWidth, largest).flatMap(({ pixels, tiles }: TileRun) =>
    Array<number>(tiles).fill(pixels),
  );
  for (const pixels of sizes) {
    const next = blockAt(shape, start, pixels);
    const last = runs.at(-1);
    const step = pixels * shape.window.strides[1];
    const continues =
      last !== undefined &&
      next.input === last.input + last.count * step &&
      JSON.stringify(next.block) === JSON.stringify(last.block);
    if (continues) runs.splice(-1, 1, { ...last, count: last.count + 1 });
    else runs.push(next);
    start += pixels;
  }
  return runs;
}

function blockAt({ window, input, kernel }: FloatDepthwiseShape, start: number, count: number): BlockRun {
  const { strides, dilations, padding } = window;
  const first = Math.max(0, start * strides[1] - padding.left);
  const pixels = Array.from({ length: count }, (_, p) =>
    Array.from({ length: kernel.width }, (_, kx) => ({
      kernel: kx,
      input: (start + p) * strides[1] - padding.left + kx * dilations[1],
    }))
      .filter((tap) => tap.input >= 0 && tap.input < input.width)
      .map((tap) => ({ kernel: tap.kernel, input: tap.input - first })),
  );
  return { block: { pixels }, count: 1, output: start, input: first };
}

/** Output rows, one below the other, under which the same rows of the kernel meet the input. */
export interface RowRun {
  readonly count: number;
  /** The first output row, and the first input row that it reads. */
  readonly output: number;
  readonly input: number;
  /** Rows of the kernel above the input, and within it. */
  readonly firstKernel: number;
  readonly kernelRows: number;
}

/** The output rows from top to bottom. */
export function rowRuns({ window, input, kernel, outputHeight }: FloatDepthwiseShape): readonly RowRun[] {
  const { strides, dilations, padding } = window;
  const runs: RowRun[] = [];
  for (let y = 0; y < outputHeight; y++) {
    const top = y * strides[0] - padding.top;
    const inside = Array.from({ length: kernel.height }, (_, ky) => ky).filter((ky) => {
      const row = top + ky * dilations[0];
      return row >= 0 && row < input.height;
    });
    const [firstKernel = 0] = inside;
    const run = {
      count: 1,
      output: y,
      input: top + firstKernel * dilations[0],
      firstKernel,
      kernelRows: inside.length,
    };
    const last = runs.at(-1);
    const continues =
      last?.firstKernel === run.firstKernel &&
      last.kernelRows === run.kernelRows &&
      run.input === last.input + last.count * strides[0];
    if (last !== undefined && continues) runs.splice(-1, 1, { ...last, count: last.count + 1 });
    else runs.push(run);
  }
  return runs;
}

/** Widest kernels whose columns are written out. */
const widestKernel = 32;

/** Whether the window is one that blocks of pixels are written for: not too wide, and somewhere inside the input on every row. */
export function fitsBlocks(shape: FloatDepthwiseShape): boolean {
  return shape.kernel.width <= widestKernel && rowRuns(shape).every((run) => run.kernelRows > 0);
}
