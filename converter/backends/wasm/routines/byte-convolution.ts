import {
  type CallArguments,
  type Counter,
  type Expr,
  type FunctionBuilder,
  i32,
  type Local,
  memory,
  type ParameterLocals,
} from '../assembler/index.ts';
import { type IntegerWeights, panelChannels, vectorBytes } from '../packing/panels.ts';
import type { Chunks, PatchGeometry } from '../packing/patches.ts';
import type { RequantizationForm } from '../packing/requantization.ts';
import { type Library, routine } from '../routine.ts';
import type { Variant } from '../variant.ts';
import { copyAsOperand, copyAsWords } from './byte-image.ts';
import { type ByteProduct, type ByteWindow, bytePatchSums, byteTiles, tilesOf } from './byte-tiles.ts';
import { blockRowsOf } from './convolution.ts';

/** An int8 convolution. */
export interface ByteConvolution {
  readonly geometry: PatchGeometry;
  readonly chunks: Chunks;
  readonly element: IntegerWeights;
  readonly form: RequantizationForm;
  readonly hasCorrection: boolean;
  readonly groups: number;
  /** Output channels of all groups. */
  readonly outputs: number;
}

/** Whether pixels are one behind the other in the input, so that no more than a block of them is copied at a time. */
function isRun(geometry: PatchGeometry, chunks: Chunks): boolean {
  const { outputHeight, padded, pixelStep, channels, outputWidth, imageElements } = geometry;
  const isOne = padded === null && outputHeight === 1 && chunks.elements === channels;
  return isOne && pixelStep === channels && outputWidth * channels === imageElements;
}

function runPixels(geometry: PatchGeometry, chunks: Chunks): number {
  return isRun(geometry, chunks) ? Math.min(geometry.outputWidth, blockRowsOf(geometry, chunks)) : geometry.outputWidth;
}

function imageBytes(geometry: PatchGeometry, chunks: Chunks, unit: number): number {
  const { padded, imageElements, channels } = geometry;
  const elements = isRun(geometry, chunks)
    ? runPixels(geometry, chunks) * channels
    : (padded?.elements ?? imageElements);
  return Math.ceil((elements * unit) / 16) * 16 + 16;
}

/** Bytes of scratch in any variant: the operand, with some to read behind it, and the sums of a run of patches. */
export function byteConvolutionScratch(geometry: PatchGeometry, chunks: Chunks, hasSums: boolean): number {
  return imageBytes(geometry, chunks, 2) + (hasSums ? 16 * runPixels(geometry, chunks) : 0);
}

/** Four bytes of a patch at a time. */
export function quadsOf(chunks: Chunks): number {
  return Math.ceil(chunks.elements / 4);
}

const params = {
  input: 'i32',
  weights: 'i32',
  output: 'i32',
  scratch: 'i32',
  inputZero: 'i32',
  weightZero: 'i32',
  panelBytes: 'i32',
  corrections: 'i32',
  zero: 'i32',
  min: 'i32',
  max: 'i32',
  shift: 'i32',
} as const;

/**
 * An int8 convolution: each image is copied to scratch as the operand of the products, with its padding, or block by block where pixels lie
 * one behind the other. Patches are not gathered. With the dot product of bytes the operand is {@link copyAsOperand}; without, it is
 * int16, the zero point taken off.
 */
export const byteConvolution = routine({
  params,
  name: (_: ByteConvolution) => 'convolution int8',
  emit(f, given, layer, library) {
    const { geometry, chunks, outputs } = layer;
    const { input, output, scratch } = given;
    const unit = operandBytes(library.variant);
    const [source, target, zero] = [f.local('i32', 'source'), f.local('i32', 'target'), f.local('i32', 'fill')];
    const group = groupLocals(f, layer, given);
    const positions = geometry.outputHeight * geometry.outputWidth;
    f.set(source, input);
    f.set(target, output);
    f.set(zero, unit === 1 ? i32.and(i32.xor(given.inputZero, library.offsets), 0xff) : 0);
    f.for({ from: 0, to: geometry.images }, () => {
      if (isRun(geometry, chunks)) emitBlocks(f, library, layer, given, source, target);
      else {
        emitImage(f, library, geometry, { source, scratch, zero, inputZero: given.inputZero });
        const row = f.local('i32', 'row');
        group.begin();
        f.for({ from: 0, to: layer.groups }, (index) => {
          f.set(row, typeof index === 'number' ? scratch : i32.add(scratch, i32.mul(index, chunks.elements * unit)));
          f.for({ from: 0, to: geometry.outputHeight }, () => {
            emitRun(f, library, layer, group.given, { image: row, output: target, pixels: geometry.outputWidth });
            f.set(row, i32.add(row, geometry.rowStep * unit));
            f.set(target, i32.add(target, geometry.outputWidth * outputs));
          });
          f.set(target, i32.sub(target, positions * outputs - (layer.groups > 1 ? outputs / layer.groups : 0)));
          group.next();
        });
        f.free(row);
        if (layer.groups > 1) f.set(target, i32.sub(target, outputs));
      }
      f.set(source, i32.add(source, geometry.imageElements));
      f.set(target, i32.add(target, positions * outputs));
    });
  },
});

type Given = ParameterLocals<typeof params>;

/** The parameters as a group sees them; of a single group the given ones. */
function groupLocals(f: FunctionBuilder, { groups, outputs, hasCorrection }: ByteConvolution, given: Given) {
  if (groups === 1) return { given, begin: () => {}, next: () => {} };
  const panels = Math.ceil(outputs / groups / panelChannels);
  const weights = f.local('i32', 'groupWeights');
  const corrections = f.local('i32', 'groupCorrections');
  return {
    given: { ...given, weights, corrections },
    begin() {
      f.set(weights, given.weights);
      f.set(corrections, given.corrections);
    },
    next() {
      f.set(weights, i32.add(weights, i32.mul(given.panelBytes, panels)));
      if (hasCorrection) f.set(corrections, i32.add(corrections, panels * vectorBytes));
    },
  };
}

/** The image with its padding. */
function emitImage(
  f: FunctionBuilder,
  library: Library,
  { padded, imageElements }: PatchGeometry,
  { source, scratch, zero, inputZero }: ImageCopy,
): void {
  const unit = operandBytes(library.variant);
  if (padded === null) {
    const whole = { rows: 1, rowBytes: imageElements, sourceStep: 0, targetStep: 0 };
    f.do(operandCopy(f, library, { source, target: scratch, ...whole }, inputZero));
    return;
  }
  f.do(memory.fill(scratch, zero, padded.elements * unit));
  if (padded.rows === 0 || padded.rowElements === 0) return;
  const rows = {
    source,
    target: i32.add(scratch, padded.start * unit),
    rows: padded.rows,
    rowBytes: padded.rowElements,
    sourceStep: padded.inputRowElements,
    targetStep: padded.paddedRowElements * unit,
  };
  f.do(operandCopy(f, library, rows, inputZero));
}

interface ImageCopy {
  readonly source: Local<'i32'>;
  readonly scratch: Local<'i32'>;
  /** A byte of the padding. */
  readonly zero: Local<'i32'>;
  readonly inputZero: Local<'i32'>;
}

/** Bytes of an element of the operand. */
function operandBytes(variant: Variant): 1 | 2 {
  return variant === 'dot' ? 1 : 2;
}

type CopyRows = CallArguments<(typeof copyAsOperand)['params']>;

/** Copies rows of int8 as the operand of the products. */
function operandCopy(f: FunctionBuilder, library: Library, rows: CopyRows, zero: Local<'i32'>): Expr<'none'> {
  if (operandBytes(library.variant) === 1) return f.call(library.get(copyAsOperand, null), rows);
  return f.call(library.get(copyAsWords, null), { ...rows, zero });
}

/** Blocks of pixels: all of a block is read before any of its outputs is written. */
function emitBlocks(
  f: FunctionBuilder,
  library: Library,
  layer: ByteConvolution,
  given: Given,
  source: Local<'i32'>,
  target: Local<'i32'>,
): void {
  const { geometry, chunks, outputs } = layer;
  const { channels, outputWidth } = geometry;
  const block = runPixels(geometry, chunks);
  const one = (first: Counter, pixels: number) => {
    const from = i32.add(source, typeof first === 'number' ? first * channels : i32.mul(first, channels));
    const to = i32.add(target, typeof first === 'number' ? first * outputs : i32.mul(first, outputs));
    const whole = { rows: 1, rowBytes: pixels * channels, sourceStep: 0, targetStep: 0 };
    f.do(operandCopy(f, library, { source: from, target: given.scratch, ...whole }, given.inputZero));
    emitRun(f, library, layer, given, { image: given.scratch, output: to, pixels });
  };
  const rest = outputWidth % block;
  f.for({ from: 0, to: outputWidth - rest, step: block }, (first) => one(first, block));
  if (rest > 0) one(outputWidth - rest, rest);
}

/** The products of a run of pixels. */
function emitRun(
  f: FunctionBuilder,
  library: Library,
  layer: ByteConvolution,
  given: Given,
  { image, output, pixels }: { readonly image: Local<'i32'>; readonly output: Expr<'i32'>; readonly pixels: number },
): void {
  const { geometry, chunks, element, form, hasCorrection, groups, outputs } = layer;
  const { weights, weightZero, zero, min, max, shift, panelBytes, corrections } = given;
  const all = { hasRows: chunks.rows > 1, hasColumns: chunks.columns > 1 };
  const unit = operandBytes(library.variant);
  const unroll = unit === 1 && quadsOf(chunks) % 2 === 0 ? 2 : 1;
  const pixelStep = geometry.pixelStep * unit;
  const runs = tilesOf(pixels, library.variant);
  const target = runs.length > 1 ? f.local('i32', 'run') : null;
  if (target !== null) f.set(target, output);
  let first = 0;
  for (const { tile, pixels: count } of runs) {
    const window: ByteWindow = { ...all, pixelStep, tile, unroll };
    const sums = element === 'int8' ? 0 : i32.add(given.scratch, imageBytes(geometry, chunks, unit));
    const walk = {
      image: i32.add(image, first * pixelStep),
      ...{ quads: quadsOf(chunks), kernelRows: chunks.rows, kernelRowStep: geometry.kernelRowStep * unit },
      ...{ kernelColumns: chunks.columns, kernelColumnStep: geometry.kernelColumnStep * unit, sums, pixels: count },
    };
    if (element === 'offset-int8') f.do(f.call(library.get(bytePatchSums, window), { ...walk, zero: weightZero }));
    const product: ByteProduct = { window, element, form, hasCorrection };
    const to = target === null ? output : i32.add(target, first * outputs);
    const places = { weights, output: to, channels: outputs / groups };
    const fixed = { rowBytes: outputs, panelBytes, corrections, zero, min, max, shift };
    f.do(f.call(library.get(byteTiles, product), { ...walk, ...places, ...fixed }));
    first += count;
  }
  if (target !== null) f.free(target);
}
