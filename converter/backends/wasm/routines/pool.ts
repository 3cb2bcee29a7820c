import {
  type Expr,
  type FunctionBuilder,
  f32x4,
  i8x16,
  i32,
  i32x4,
  i64x2,
  type Local,
  select,
  v128,
} from '../assembler/index.ts';
import { type Library, routine } from '../routine.ts';
import { emitStoreLanes } from './elementwise.ts';
import { narrowed, storeBytes } from './requantize.ts';

/** What the code of a pooling layer depends on, in elements. */
export interface PoolShape {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideRows: number;
  readonly strideColumns: number;
  readonly top: number;
  readonly left: number;
}

export interface IntegerPool {
  readonly shape: PoolShape;
  readonly kind: 'average' | 'max';
  readonly ties: 'away' | 'up';
  readonly min: number;
  readonly max: number;
}

export interface FloatPool {
  readonly shape: PoolShape;
  readonly kind: 'average' | 'max';
  readonly min: number | null;
  readonly max: number | null;
}

const poolParams = { input: 'i32', output: 'i32' } as const;

interface PoolParts {
  readonly elementBytes: number;
  readonly lanes: number;
  begin(): void;
  /** Adds `lanes` channels at an address. */
  join(at: Local<'i32'>): void;
  /** Finishes a block of channels; `count` elements were joined, `left` channels are left. */
  finish(count: Local<'i32'>, target: Local<'i32'>, left: Local<'i32'>): void;
}

/** max(value, low) and min(value, high) of int32 numbers. */
const atLeast = (value: Local<'i32'>, low: number): Expr<'i32'> => select(value, low, i32.gt_s(value, low));
const atMost = (value: Local<'i32'>, high: number): Expr<'i32'> => select(value, high, i32.lt_s(value, high));

function emitPool(f: FunctionBuilder, input: Local<'i32'>, output: Local<'i32'>, s: PoolShape, parts: PoolParts): void {
  const [y, x] = [f.local('i32', 'y'), f.local('i32', 'x')];
  const [top, bottom] = [f.local('i32', 'top'), f.local('i32', 'bottom')];
  const [left, right] = [f.local('i32', 'left'), f.local('i32', 'right')];
  const [count, window] = [f.local('i32', 'count'), f.local('i32', 'window')];
  const rowBytes = s.width * s.channels * parts.elementBytes;
  const pixelBytes = s.channels * parts.elementBytes;
  f.for({ from: 0, to: s.images }, () => {
    f.set(y, -s.top);
    f.for({ from: 0, to: s.outputHeight }, () => {
      f.set(top, atLeast(y, 0));
      f.set(bottom, i32.add(y, s.kernelHeight));
      f.set(bottom, atMost(bottom, s.height));
      f.set(x, -s.left);
      f.for({ from: 0, to: s.outputWidth }, () => {
        f.set(left, atLeast(x, 0));
        f.set(right, i32.add(x, s.kernelWidth));
        f.set(right, atMost(right, s.width));
        f.set(count, i32.mul(i32.sub(bottom, top), i32.sub(right, left)));
        f.set(window, i32.add(i32.add(input, i32.mul(top, rowBytes)), i32.mul(left, pixelBytes)));
        const size = { rows: i32.sub(bottom, top), rowLength: i32.mul(i32.sub(right, left), pixelBytes) };
        emitPixel(f, { window, output, count, ...size, rowBytes, pixelBytes }, s, parts);
        f.set(x, i32.add(x, s.strideColumns));
      });
      f.set(y, i32.add(y, s.strideRows));
    });
    f.set(input, i32.add(input, s.height * rowBytes));
  });
}

interface PoolPixel {
  readonly window: Local<'i32'>;
  readonly output: Local<'i32'>;
  readonly count: Local<'i32'>;
  readonly rows: Expr<'i32'>;
  /** Bytes of a row of the window. */
  readonly rowLength: Expr<'i32'>;
  readonly rowBytes: number;
  readonly pixelBytes: number;
}

function emitPixel(f: FunctionBuilder, pixel: PoolPixel, { channels }: PoolShape, parts: PoolParts): void {
  const [left, row, at, end] = [
    f.local('i32', 'channels'),
    f.local('i32', 'row'),
    f.local('i32', 'at'),
    f.local('i32', 'end'),
  ];
  const [rows, rowLength] = [f.local('i32', 'rows'), f.local('i32', 'rowLength')];
  const blockBytes = parts.lanes * parts.elementBytes;
  f.set(rowLength, pixel.rowLength);
  f.set(left, channels);
  f.doWhile(
    () => {
      parts.begin();
      f.set(row, pixel.window);
      f.set(rows, pixel.rows);
      f.doWhile(
        () => {
          f.set(at, row);
          f.set(end, i32.add(row, rowLength));
          f.doWhile(() => parts.join(at), i32.ne(f.tee(at, i32.add(at, pixel.pixelBytes)), end));
          f.set(row, i32.add(row, pixel.rowBytes));
        },
        f.tee(rows, i32.sub(rows, 1)),
      );
      parts.finish(pixel.count, pixel.output, left);
      f.set(pixel.output, i32.add(pixel.output, blockBytes));
      f.set(pixel.window, i32.add(pixel.window, blockBytes));
    },
    i32.gt_s(f.tee(left, i32.sub(left, parts.lanes)), 0),
  );
  const overshoot = (parts.lanes - (channels % parts.lanes)) % parts.lanes;
  if (overshoot > 0) f.set(pixel.output, i32.sub(pixel.output, overshoot * parts.elementBytes));
  f.free(left, row, at, end, rows, rowLength);
}

/** Stores the low 8 bytes, or as many as are left. */
export function emitStoreEight(
  f: FunctionBuilder,
  library: Library,
  target: Local<'i32'>,
  bytes: Local<'v128'>,
  left: Local<'i32'>,
): void {
  f.if(
    i32.ge_s(left, 8),
    () => f.do(v128.store64_lane(target, bytes, 0, { align: 1 })),
    () => f.do(f.call(library.get(storeBytes, null), { target, value: i64x2.extract_lane(bytes, 0), count: left })),
  );
}

/** int8, eight channels at a time. */
export const integerPool = routine({
  params: poolParams,
  name: ({ kind }: IntegerPool) => `${kind} pool int8`,
  emit(f, { input, output }, { shape, kind, ties, min, max }, library) {
    const [low, high] = [f.local('v128', 'low'), f.local('v128', 'high')];
    const bounds = { zero: 0, min, max };
    if (kind === 'max') {
      return emitPool(f, input, output, shape, {
        elementBytes: 1,
        lanes: 8,
        begin: () => f.set(low, i8x16.splat(-128)),
        join: (at) => f.set(low, i8x16.max_s(low, v128.load64_zero(at, { align: 1 }))),
        finish(_, target, left) {
          f.set(low, i8x16.min_s(i8x16.max_s(low, i8x16.splat(min)), i8x16.splat(max)));
          emitStoreEight(f, library, target, low, left);
        },
      });
    }
    const value = f.local('v128', 'value');
    emitPool(f, input, output, shape, {
      elementBytes: 1,
      lanes: 8,
      begin() {
        f.set(low, v128.const('i32x4', [0, 0, 0, 0]));
        f.set(high, low);
      },
      join(at) {
        f.set(value, v128.load8x8_s(at, { align: 1 }));
        f.set(low, i32x4.add(low, i32x4.extend_low_i16x8_s(value)));
        f.set(high, i32x4.add(high, i32x4.extend_high_i16x8_s(value)));
      },
      finish(count, target, left) {
        for (const sum of [low, high]) emitStoredAverage(f, sum, count, ties);
        f.set(low, narrowed([low, high, low, high], bounds));
        emitStoreEight(f, library, target, low, left);
      },
    });
  },
});

/**
 * `storedAverage` of `ops/pool-2d.ts` per lane. Sums stay below 2^24, so the float32 quotient, which is rounded correctly,
 * reaches a whole number only where the true quotient is that number.
 */
export function emitStoredAverage(
  f: FunctionBuilder,
  sum: Local<'v128'>,
  count: Local<'i32'>,
  ties: 'away' | 'up',
): void {
  const half = i32x4.splat(i32.shr_u(count, 1));
  if (ties === 'up') f.set(sum, i32x4.add(sum, half));
  else {
    const isPositive = i32x4.gt_s(sum, v128.const('i32x4', [0, 0, 0, 0]));
    f.set(sum, v128.bitselect(i32x4.add(sum, half), i32x4.sub(sum, half), isPositive));
  }
  const quotient = f32x4.div(f32x4.convert_i32x4_s(sum), f32x4.convert_i32x4_s(i32x4.splat(count)));
  f.set(sum, i32x4.trunc_sat_f32x4_s(ties === 'up' ? f32x4.floor(quotient) : quotient));
}

/** float32, four channels at a time. */
export const floatPool = routine({
  params: poolParams,
  name: ({ kind }: FloatPool) => `${kind} pool float32`,
  emit(f, { input, output }, { shape, kind, min, max }, library) {
    const acc = f.local('v128', 'acc');
    const first = kind === 'max' ? Number.NEGATIVE_INFINITY : 0;
    emitPool(f, input, output, shape, {
      elementBytes: 4,
      lanes: 4,
      begin: () => f.set(acc, v128.const('f32x4', [first, first, first, first])),
      join(at) {
        const value = v128.load(at, { align: 4 });
        f.set(acc, kind === 'max' ? f32x4.pmax(acc, value) : f32x4.add(acc, value));
      },
      finish(count, target, left) {
        if (kind === 'average') f.set(acc, f32x4.div(acc, f32x4.convert_i32x4_s(i32x4.splat(count))));
        if (min !== null) f.set(acc, f32x4.pmax(acc, v128.const('f32x4', [min, min, min, min])));
        if (max !== null) f.set(acc, f32x4.pmin(acc, v128.const('f32x4', [max, max, max, max])));
        emitStoreLanes(f, library, 'float32', target, acc, left);
      },
    });
  },
});
