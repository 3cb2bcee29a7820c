import { type FunctionBuilder, f32x4, i32, type Local, type ParameterLocals, v128 } from '../assembler/index.ts';
import { blockRuns, type FloatDepthwiseShape, type PixelBlock, rowRuns } from '../packing/float-depthwise.ts';
import { headerBytes, panelChannels } from '../packing/panels.ts';
import { type Library, routine } from '../routine.ts';
import { type Bounds, type BoundVectors, bounded, emitBounds, multiplyAdd, zeroLanes } from './float-lanes.ts';
import { storeFloats } from './requantize.ts';

interface DepthwiseBlocks {
  readonly block: PixelBlock;
  readonly channels: number;
  /** From one block to the next, in columns of the input. */
  readonly step: number;
  /** From one row under the kernel to the next, in bytes. */
  readonly rowBytes: number;
  readonly kernelWidth: number;
  readonly kernelHeight: number;
  readonly bounds: Bounds;
}

const blockParams = {
  input: 'i32',
  weights: 'i32',
  output: 'i32',
  blocks: 'i32',
  rows: 'i32',
  firstTap: 'i32',
  min: 'f32',
  max: 'f32',
} as const;

type BlockParams = ParameterLocals<typeof blockParams>;

/**
 * `blocks` blocks of output pixels of one row, all channels of each: the taps of `rows` rows of the kernel, whose weights begin `firstTap`
 * bytes behind the bias of a panel. Neighbouring pixels share weights and inputs.
 */
const depthwiseBlocks = routine({
  params: blockParams,
  name: ({ block }: DepthwiseBlocks) => `depthwise ${block.pixels.length} pixels float32`,
  emit(f, at, config, library) {
    const { channels, block, kernelHeight, kernelWidth } = config;
    const panelBytes = headerBytes(1, 'float32') + kernelHeight * kernelWidth * 4 * panelChannels;
    const [x, w, target] = [f.local('i32', 'x'), f.local('i32', 'w'), f.local('i32', 'target')];
    const left = f.local('i32', 'left');
    const bounds = emitBounds(f, at, config.bounds);
    const last = channels % panelChannels;
    const parts = { x, w, target, bounds, library };
    f.doWhile(
      () => {
        f.set(x, at.input);
        f.set(w, at.weights);
        f.set(target, at.output);
        f.for({ from: 0, to: Math.floor(channels / panelChannels), counter: left }, () => {
          emitBlock(f, at, parts, config, panelChannels);
          f.set(x, i32.add(x, 4 * panelChannels));
          f.set(w, i32.add(w, panelBytes));
          f.set(target, i32.add(target, 4 * panelChannels));
        });
        if (last > 0) emitBlock(f, at, parts, config, last);
        f.set(at.input, i32.add(at.input, 4 * channels * config.step));
        f.set(at.output, i32.add(at.output, 4 * channels * block.pixels.length));
      },
      f.tee(at.blocks, i32.sub(at.blocks, 1)),
    );
  },
});

interface BlockParts {
  readonly x: Local<'i32'>;
  /** The panel of weights. */
  readonly w: Local<'i32'>;
  readonly target: Local<'i32'>;
  readonly bounds: BoundVectors;
  readonly library: Library;
}

/** Widest kernels whose weights of a row stay in registers, so that pixels share inputs; others share weights only. */
export const heldColumns = 5;

/** `count` (1 to 8) channels of a block. */
function emitBlock(
  f: FunctionBuilder,
  at: BlockParams,
  parts: BlockParts,
  config: DepthwiseBlocks,
  count: number,
): void {
  const { x, w, target, bounds, library } = parts;
  const { block, channels, kernelWidth } = config;
  const halves = count > 4 ? [0, 1] : [0];
  const acc = block.pixels.map(() => halves.map((half) => f.local('v128', `acc${half}`)));
  const [row, tap, rows] = [f.local('i32', 'row'), f.local('i32', 'tap'), f.local('i32', 'rowsLeft')];
  for (const vector of acc.flat()) f.set(vector, zeroLanes);
  f.set(row, x);
  f.set(tap, i32.add(w, at.firstTap));
  f.set(rows, at.rows);
  f.doWhile(
    () => {
      for (const half of halves) {
        const sums = acc.map((vectors) => vectors[half]);
        emitRow(f, { row, tap, half, sums, library }, config);
      }
      f.set(row, i32.add(row, config.rowBytes));
      f.set(tap, i32.add(tap, 4 * panelChannels * kernelWidth));
    },
    f.tee(rows, i32.sub(rows, 1)),
  );
  const bias = f.local('v128', 'bias');
  for (const half of halves) {
    f.set(bias, v128.load(w, { offset: 16 * half }));
    const lanes = Math.min(4, count - 4 * half);
    acc.forEach((vectors, pixel) => {
      const sum = vectors[half];
      if (sum === undefined) return;
      const value = bounded(f32x4.add(sum, bias), bounds);
      const offset = 4 * pixel * channels + 16 * half;
      if (lanes === 4) f.do(v128.store(target, value, { offset, align: 4 }));
      else f.do(f.call(library.get(storeFloats, null), { target: i32.add(target, offset), value, count: lanes }));
    });
  }
  f.free(row, tap, rows, bias, ...acc.flat());
}

interface RowSums {
  readonly row: Local<'i32'>;
  readonly tap: Local<'i32'>;
  readonly half: number;
  readonly sums: readonly (Local<'v128'> | undefined)[];
  readonly library: Library;
}

/** Adds the taps of one row of the kernel, each pixel from left to right. */
function emitRow(
  f: FunctionBuilder,
  { row, tap, half, sums, library }: RowSums,
  { block, channels, kernelWidth }: DepthwiseBlocks,
): void {
  const value = f.local('v128', 'value');
  const isHeld = kernelWidth <= heldColumns;
  const weights = Array.from({ length: isHeld ? kernelWidth : 1 }, (_, k) => f.local('v128', `w${k}`));
  const load = (kernel: number) => v128.load(tap, { offset: 4 * panelChannels * kernel + 16 * half });
  const input = (column: number) => v128.load(row, { offset: 4 * channels * column + 16 * half, align: 4 });
  const add = (pixel: number, kernel: number) => {
    const [sum, weight] = [sums[pixel], weights[isHeld ? kernel : 0]];
    if (sum !== undefined && weight !== undefined) f.set(sum, multiplyAdd(library.variant, sum, value, weight));
  };
  const taps = block.pixels.flatMap((all, pixel) => all.map((one) => ({ ...one, pixel })));
  if (isHeld) {
    weights.forEach((weight, k) => {
      if (taps.some(({ kernel }) => kernel === k)) f.set(weight, load(k));
    });
    const columns = [...new Set(taps.map((one) => one.input))].sort((a, b) => a - b);
    for (const column of columns) {
      f.set(value, input(column));
      for (const { pixel, kernel } of taps.filter((one) => one.input === column)) add(pixel, kernel);
    }
  } else {
    for (let k = 0; k < kernelWidth; k++) {
      const used = taps.filter(({ kernel }) => kernel === k);
      const [weight] = weights;
      if (used.length === 0 || weight === undefined) continue;
      f.set(weight, load(k));
      for (const { pixel, input: column } of used) {
        f.set(value, input(column));
        add(pixel, k);
      }
    }
  }
  f.free(value, ...weights);
}

/** What the code of a float depthwise layer depends on. */
export interface FloatDepthwise {
  readonly shape: FloatDepthwiseShape;
  readonly bounds: Bounds;
}

/** Most output pixels of a block: their sums, two vectors each, stay in registers beside the weights of a row. */
export const blockPixels = 4;

/** float32 depthwise convolution; windows that leave the input have code of their own, so that nothing is copied. */
export const floatDepthwise = routine({
  params: { input: 'i32', weights: 'i32', output: 'i32', min: 'f32', max: 'f32' },
  name: (_: FloatDepthwise) => 'depthwise float32',
  emit(f, { input, weights, output, min, max }, { shape, bounds }, library) {
    const { window, kernel, outputWidth, outputHeight } = shape;
    const { batch, height, width, channels } = shape.input;
    const [row, target] = [f.local('i32', 'row'), f.local('i32', 'target')];
    const rowBytes = 4 * width * channels;
    const blocks = blockRuns(shape, blockPixels);
    f.for({ from: 0, to: batch }, () => {
      for (const run of rowRuns(shape)) {
        f.set(row, i32.add(input, run.input * rowBytes));
        f.set(target, i32.add(output, run.output * 4 * outputWidth * channels));
        f.for({ from: 0, to: run.count }, () => {
          for (const { block, count, ...at } of blocks) {
            const step = block.pixels.length * window.strides[1];
            const config = {
              ...{ block, channels, step, rowBytes: rowBytes * window.dilations[0], bounds },
              ...{ kernelWidth: kernel.width, kernelHeight: kernel.height },
            };
            const call = f.call(library.get(depthwiseBlocks, config), {
              input: i32.add(row, at.input * 4 * channels),
              weights,
              output: i32.add(target, at.output * 4 * channels),
              blocks: count,
              rows: run.kernelRows,
              firstTap: headerBytes(1, 'float32') + run.firstKernel * kernel.width * 4 * panelChannels,
              min,
              max,
            });
            f.do(call);
          }
          f.set(row, i32.add(row, window.strides[0] * rowBytes));
          f.set(target, i32.add(target, 4 * outputWidth * channels));
        });
      }
      f.set(input, i32.add(input, height * rowBytes));
      f.set(output, i32.add(output, 4 * outputHeight * outputWidth * channels));
    });
  },
});
