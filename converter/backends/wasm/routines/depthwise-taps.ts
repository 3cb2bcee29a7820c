import {
  type Expr,
  type FunctionBuilder,
  f32x4,
  i8x16,
  i16x8,
  i32,
  i32x4,
  type Local,
  v128,
} from '../assembler/index.ts';
import { type DepthwiseShape, tapOrder, unrolledTaps } from '../packing/depthwise.ts';
import { headerBytes, panelChannels, type WeightElement, weightBytes } from '../packing/panels.ts';
import { storedZeros, widened } from './weights.ts';

/** Sums of the low and high four channels of one output pixel. */
export type Pixel = readonly [low: Local<'v128'>, high: Local<'v128'>];

/** What the taps of a depthwise layer are. */
export interface TapParts {
  readonly shape: DepthwiseShape;
  readonly element: WeightElement;
  /** Vectors of channel constants in front of the weights. */
  readonly vectors: number;
  /** Whether the stored zero of the input is taken off each input; otherwise the bias contains it. */
  readonly subtractsZero: boolean;
}

/** Where the taps of a block of channels find constants, inputs and the stored zero. */
export interface Taps {
  readonly header: Local<'i32'>;
  readonly x: Local<'i32'>;
  readonly zero: Local<'i32'>;
}

/** Adds all taps to the accumulators; gives the address behind the weights. */
export function emitTaps(f: FunctionBuilder, pixels: readonly Pixel[], at: Taps, parts: TapParts): Expr<'i32'> {
  const { shape, element } = parts;
  const header = headerBytes(parts.vectors, element);
  const { kernelRows, kernelColumns } = shape;
  const isFloat = element === 'float32';
  const elementBytes = isFloat ? 4 : 1;
  const rowStep = shape.kernelRowStep * elementBytes;
  const columnStep = shape.kernelColumnStep * elementBytes;
  const tapBytes = panelChannels * weightBytes[element];
  const order = tapOrder(kernelRows, kernelColumns, isFloat);
  const add = (x: Local<'i32'>, w: Local<'i32'>, offsets: readonly number[], weightOffset: number) => {
    if (isFloat) addFloatTap(f, pixels, { x, w, offsets, weightOffset }, shape.pixelStep * elementBytes);
    else addTapPair(f, pixels, { x, w, offsets, weightOffset }, parts, at);
  };
  if (kernelRows * kernelColumns <= unrolledTaps) {
    const group = isFloat ? 1 : 2;
    for (let i = 0; i < order.length; i += group) {
      const offsets = order.slice(i, i + group).flatMap((tap) => {
        return tap === null ? [] : [Math.floor(tap / kernelColumns) * rowStep + (tap % kernelColumns) * columnStep];
      });
      add(at.x, at.header, offsets, header + i * tapBytes);
    }
    return i32.add(at.header, header + order.length * tapBytes);
  }
  const [x, w, row] = [f.local('i32', 'tap'), f.local('i32', 'w'), f.local('i32', 'tapRow')];
  f.set(w, i32.add(at.header, header));
  f.set(row, at.x);
  f.for({ from: 0, to: kernelRows }, () => {
    f.set(x, row);
    const group = isFloat ? 1 : 2;
    f.for({ from: 0, to: Math.floor(kernelColumns / group) }, () => {
      add(x, w, [0, columnStep].slice(0, group), 0);
      f.set(x, i32.add(x, group * columnStep));
      f.set(w, i32.add(w, group * tapBytes));
    });
    if (kernelColumns % group !== 0) {
      add(x, w, [0], 0);
      f.set(w, i32.add(w, group * tapBytes));
    }
    f.set(row, i32.add(row, rowStep));
  });
  f.free(x, row);
  return w;
}

/** Where one tap, or a pair, finds its inputs and weights; the inputs of the next pixel are a step further on. */
interface TapPlace {
  readonly x: Local<'i32'>;
  readonly w: Local<'i32'>;
  readonly offsets: readonly number[];
  readonly weightOffset: number;
}

function addFloatTap(
  f: FunctionBuilder,
  pixels: readonly Pixel[],
  { x, w, offsets, weightOffset }: TapPlace,
  pixelBytes: number,
): void {
  const weight = f.local('v128', 'weight');
  for (const half of [0, 1] as const) {
    f.set(weight, v128.load(w, { offset: weightOffset + 16 * half, align: 4 }));
    pixels.forEach((sums, index) => {
      const offset = (offsets[0] ?? 0) + index * pixelBytes + 16 * half;
      f.set(sums[half], f32x4.add(sums[half], f32x4.mul(v128.load(x, { offset, align: 4 }), weight)));
    });
  }
  f.free(weight);
}

/** Lanes of two taps of 8 channels as pairs for the dot product, low and high four channels. */
const interleavedLanes = [
  [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23],
  [8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31],
] as const;

/** Two taps of 8 channels as pairs for the dot product; a lone tap meets a second weight of 0. */
function addTapPair(
  f: FunctionBuilder,
  pixels: readonly Pixel[],
  { x, w, offsets, weightOffset }: TapPlace,
  { element, subtractsZero, shape, vectors }: TapParts,
  at: Taps,
): void {
  const weights = [f.local('v128', 'weights0'), f.local('v128', 'weights1')] as const;
  weights.forEach((vector, half) => {
    const place = { offset: weightOffset + half * panelChannels * weightBytes[element] };
    f.set(vector, widened(w, place, element === 'offset-int8' ? storedZeros(at.header, vectors) : null));
  });
  pixels.forEach((sums, index) => {
    const taps = offsets.map((offset) => {
      const tap = f.local('v128', 'tap');
      const loaded = v128.load8x8_s(x, { offset: offset + index * shape.pixelStep, align: 1 });
      f.set(tap, subtractsZero ? i16x8.sub(loaded, i16x8.splat(at.zero)) : loaded);
      return tap;
    });
    const [a, b = a] = taps;
    if (a === undefined || b === undefined) return;
    for (const half of [0, 1] as const) {
      const pair = i8x16.shuffle(a, b, interleavedLanes[half]);
      f.set(sums[half], i32x4.add(sums[half], i32x4.dot_i16x8_s(pair, weights[half])));
    }
    f.free(...taps);
  });
  f.free(...weights);
}
