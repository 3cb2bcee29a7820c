import {
  type Counter,
  type FunctionBuilder,
  f32x4,
  i32,
  i64x2,
  type Local,
  memory,
  type Operand,
  type ParameterLocals,
  v128,
} from '../assembler/index.ts';
import { type DepthwiseShape, depthwiseScratch, type RowCopies } from '../packing/depthwise.ts';
import { type IntegerWeights, panelChannels } from '../packing/panels.ts';
import { headerVectors } from '../packing/requantization.ts';
import { type Library, routine } from '../routine.ts';
import { repeatElements } from './copy.ts';
import { emitTaps, type Pixel, type TapParts } from './depthwise-taps.ts';
import { emitHybridResult } from './hybrid.ts';
import { clamped, type IntegerProduct } from './matrix.ts';
import { emitRequantize, headerOperands, narrowed, remainingRange, storeBytes, storeFloats } from './requantize.ts';

const places = { input: 'i32', weights: 'i32', output: 'i32', scratch: 'i32' } as const;

interface Channels {
  readonly header: Local<'i32'>;
  readonly half: number;
}

interface DepthwiseParts extends TapParts {
  readonly library: Library;
  readonly outputBytes: 1 | 4;
  /** The stored zero of the input, which fills the padding. */
  zero(image: Counter): Operand<'i32'>;
  begin(acc: Local<'v128'>, channels: Channels): void;
  finish(acc: Local<'v128'>, channels: Channels, image: Counter): void;
  /** Stores 8 channels of each pixel, or the last ones, of which `left` are left; pixels lie `shape.channels` apart. */
  store(pixels: readonly Pixel[], target: Local<'i32'>, left: Local<'i32'>): void;
}

function emitDepthwise(f: FunctionBuilder, params: ParameterLocals<typeof places>, parts: DepthwiseParts): void {
  const { shape, element } = parts;
  const { copy, inputRowElements } = shape;
  const elementBytes = element === 'float32' ? 4 : 1;
  const zero = f.local('i32', 'zero');
  const [image, row, pixel] = [f.local('i32', 'image'), f.local('i32', 'row'), f.local('i32', 'pixel')];
  const [target, firstRow] = [f.local('i32', 'target'), f.local('i32', 'firstRow')];
  const bandLeft = f.local('i32', 'bandLeft');
  const rowStep = shape.strideRows * (copy?.rowElements ?? inputRowElements) * elementBytes;
  f.set(target, params.output);
  f.set(image, params.input);
  f.for({ from: 0, to: shape.images }, (index) => {
    f.set(zero, parts.zero(index));
    if (copy !== null) f.do(memory.fill(params.scratch, zero, depthwiseScratch(shape, elementBytes)));
    f.set(firstRow, copy === null ? 0 : -copy.top);
    f.set(row, image);
    f.set(bandLeft, 0);
    f.for({ from: 0, to: shape.outputHeight }, () => {
      if (copy !== null) {
        f.if(i32.eqz(bandLeft), () => {
          emitRowCopies(f, params.scratch, { image, firstRow, zero }, copy, parts);
          f.set(row, params.scratch);
          f.set(bandLeft, copy.bandRows);
        });
        f.set(bandLeft, i32.sub(bandLeft, 1));
      }
      f.set(pixel, row);
      const at = { weights: params.weights, pixel, target, zero };
      f.for({ from: 0, to: Math.floor(shape.outputWidth / 2) }, () => {
        emitPixels(f, 2, at, parts, index);
        f.set(pixel, i32.add(pixel, 2 * shape.pixelStep * elementBytes));
      });
      if (shape.outputWidth % 2 === 1) emitPixels(f, 1, at, parts, index);
      f.set(row, i32.add(row, rowStep));
      if (copy !== null) f.set(firstRow, i32.add(firstRow, shape.strideRows));
    });
    f.set(image, i32.add(image, shape.inputHeight * inputRowElements * elementBytes));
  });
}

interface RowCopyOperands {
  readonly image: Local<'i32'>;
  /** The input row under the first row of the window; negative above the input. */
  readonly firstRow: Local<'i32'>;
  readonly zero: Local<'i32'>;
}

/** Copies the input rows of a band; rows outside the input are zeros. */
function emitRowCopies(
  f: FunctionBuilder,
  scratch: Local<'i32'>,
  { image, firstRow, zero }: RowCopyOperands,
  { start, elements, multiplier, rows, rowElements }: RowCopies,
  { shape, element, library }: DepthwiseParts,
): void {
  const elementBytes = element === 'float32' ? 4 : 1;
  const [row, target, source] = [f.local('i32', 'inputRow'), f.local('i32', 'copy'), f.local('i32', 'source')];
  const end = f.local('i32', 'endRow');
  f.set(row, firstRow);
  f.set(end, i32.add(row, rows));
  f.set(target, i32.add(scratch, start * elementBytes));
  f.doWhile(
    () => {
      f.if(
        i32.lt_u(row, shape.inputHeight),
        () => {
          f.set(source, i32.add(image, i32.mul(row, shape.inputRowElements * elementBytes)));
          if (elements === 0) return;
          if (multiplier === 1) f.do(memory.copy(target, source, elements * elementBytes));
          else {
            const repeat = library.get(repeatElements, { elementBytes, times: multiplier });
            f.do(f.call(repeat, { source, target, count: elements }));
          }
        },
        () => f.do(memory.fill(target, zero, elements * multiplier * elementBytes)),
      );
      f.set(target, i32.add(target, rowElements * elementBytes));
    },
    i32.lt_s(f.tee(row, i32.add(row, 1)), end),
  );
  f.free(row, target, source, end);
}

interface PixelPlace {
  readonly weights: Local<'i32'>;
  readonly pixel: Local<'i32'>;
  readonly target: Local<'i32'>;
  readonly zero: Local<'i32'>;
}

/** All channels of one output pixel or of two neighbours, which share the weights; moves `target` behind them. */
function emitPixels(
  f: FunctionBuilder,
  count: 1 | 2,
  { weights, pixel, target, zero }: PixelPlace,
  parts: DepthwiseParts,
  image: Counter,
): void {
  const { channels } = parts.shape;
  const elementBytes = parts.element === 'float32' ? 4 : 1;
  const [header, x, left] = [f.local('i32', 'header'), f.local('i32', 'x'), f.local('i32', 'left')];
  const pixels = Array.from({ length: count }, (): Pixel => [f.local('v128', 'low'), f.local('v128', 'high')]);
  f.set(header, weights);
  f.set(x, pixel);
  f.set(left, channels);
  const block = () => {
    for (const sums of pixels) {
      for (const [half, vector] of sums.entries()) parts.begin(vector, { header, half });
    }
    const next = emitTaps(f, pixels, { header, x, zero }, parts);
    for (const sums of pixels) {
      for (const [half, vector] of sums.entries()) parts.finish(vector, { header, half }, image);
    }
    parts.store(pixels, target, left);
    f.set(target, i32.add(target, panelChannels * parts.outputBytes));
    f.set(x, i32.add(x, panelChannels * elementBytes));
    f.set(header, next);
  };
  if (channels <= panelChannels) block();
  else f.doWhile(block, i32.gt_s(f.tee(left, i32.sub(left, panelChannels)), 0));
  const overshoot = (panelChannels - (channels % panelChannels)) % panelChannels;
  const behind = (count - 1) * channels - overshoot;
  if (behind !== 0) f.set(target, i32.add(target, behind * parts.outputBytes));
  f.free(header, x, left, ...pixels.flat());
}

/** int8. The bias contains the zero point of the input. */
export const integerDepthwise = routine({
  params: { ...places, inputZero: 'i32', zero: 'i32', min: 'i32', max: 'i32', shift: 'i32' },
  name: (_: { readonly shape: DepthwiseShape; readonly product: IntegerProduct }) => 'depthwise int8',
  emit(f, params, { shape, product }, library) {
    const { element, form } = product;
    const { shift, inputZero } = params;
    emitDepthwise(f, params, {
      library,
      shape,
      element,
      vectors: headerVectors(form),
      outputBytes: 1,
      zero: () => inputZero,
      subtractsZero: false,
      begin: (acc, { header, half }) => f.set(acc, v128.load(header, { offset: 16 * half })),
      finish: (acc, { header, half }) => emitRequantize(f, library, form, acc, headerOperands(header, half, shift)),
      store(pixels, target, left) {
        const [first = null, second = first] = pixels;
        if (first === null || second === null) return;
        const [bytes] = first;
        f.set(bytes, narrowed([...first, ...second], remainingRange(form, params)));
        const partial = library.get(storeBytes, null);
        const each = (store: (lane: number, offset: number) => void) => {
          for (let lane = 0; lane < pixels.length; lane++) store(lane, lane * shape.channels);
        };
        emitStore(
          f,
          shape,
          left,
          () => each((lane, offset) => f.do(v128.store64_lane(target, bytes, lane, { offset, align: 1 }))),
          (count) => {
            each((lane, offset) => {
              const value = i64x2.extract_lane(bytes, lane);
              f.do(f.call(partial, { target: i32.add(target, offset), value, count }));
            });
          },
        );
      },
    });
  },
});

/** Whole blocks of 8 channels, and what is left of them; only the code that the channels need. */
function emitStore(
  f: FunctionBuilder,
  { channels }: DepthwiseShape,
  left: Local<'i32'>,
  whole: () => void,
  partial: (count: Operand<'i32'>) => void,
): void {
  if (channels % panelChannels === 0) whole();
  else if (channels < panelChannels) partial(channels);
  else f.if(i32.ge_s(left, panelChannels), whole, () => partial(channels % panelChannels));
}

function storeFloatBlock(
  f: FunctionBuilder,
  library: Library,
  shape: DepthwiseShape,
  pixels: readonly Pixel[],
  target: Local<'i32'>,
  left: Local<'i32'>,
): void {
  const tail = shape.channels % panelChannels;
  const each = (store: (value: Local<'v128'>, half: number, offset: number) => void) => {
    pixels.forEach((sums, pixel) => {
      for (const [half, value] of sums.entries()) store(value, half, 4 * pixel * shape.channels + 16 * half);
    });
  };
  emitStore(
    f,
    shape,
    left,
    () => each((value, _, offset) => f.do(v128.store(target, value, { offset, align: 4 }))),
    () => {
      const partial = library.get(storeFloats, null);
      each((value, half, offset) => {
        const count = Math.min(4, tail - 4 * half);
        if (count > 0) f.do(f.call(partial, { target: i32.add(target, offset), value, count }));
      });
    },
  );
}

export const floatRowsDepthwise = routine({
  params: { ...places, min: 'f32', max: 'f32' },
  name: (_: { readonly shape: DepthwiseShape }) => 'depthwise float32',
  emit(f, params, { shape }, library) {
    emitDepthwise(f, params, {
      library,
      shape,
      element: 'float32',
      vectors: 1,
      outputBytes: 4,
      zero: () => 0,
      subtractsZero: false,
      begin: (acc) => f.set(acc, v128.const('f32x4', [0, 0, 0, 0])),
      finish(acc, { header, half }) {
        f.set(acc, f32x4.add(acc, v128.load(header, { offset: 16 * half, align: 4 })));
        f.set(acc, clamped(acc, params));
      },
      store: (pixels, target, left) => storeFloatBlock(f, library, shape, pixels, target, left),
    });
  },
});

/** `batches` as in {@link hybridConvolution}. */
export const hybridDepthwise = routine({
  params: { ...places, batches: 'i32', min: 'f32', max: 'f32' },
  name: (_: { readonly shape: DepthwiseShape; readonly element: IntegerWeights }) => 'depthwise hybrid',
  emit(f, params, { shape, element }, library) {
    const scale = f.local('i32', 'scale');
    const batch = (image: Counter) =>
      i32.add(params.batches, typeof image === 'number' ? 8 * image : i32.mul(image, 8));
    emitDepthwise(f, params, {
      library,
      shape,
      element,
      vectors: 2,
      outputBytes: 4,
      zero(image) {
        f.set(scale, batch(image));
        return i32.load(scale, { offset: 4 });
      },
      subtractsZero: true,
      begin: (acc) => f.set(acc, v128.const('i32x4', [0, 0, 0, 0])),
      finish(acc, { header, half }) {
        emitHybridResult(f, acc, { header, offset: 16 * half, scale });
        f.set(acc, clamped(acc, params));
      },
      store: (pixels, target, left) => storeFloatBlock(f, library, shape, pixels, target, left),
    });
  },
});
