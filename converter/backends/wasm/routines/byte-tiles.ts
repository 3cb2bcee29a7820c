import {
  type Expr,
  type FunctionBuilder,
  i8x16,
  i32,
  i32x4,
  i64x2,
  type Local,
  type ParameterLocals,
  v128,
} from '../assembler/index.ts';
import { headerBytes, panelChannels, vectorBytes } from '../packing/panels.ts';
import { headerVectors } from '../packing/requantization.ts';
import { type Library, routine } from '../routine.ts';
import type { Variant } from '../variant.ts';
import type { IntegerProduct } from './matrix.ts';
import { emitRequantize, headerOperands, narrowed, remainingRange, storeBytes } from './requantize.ts';

/** How the patches of a tile lie in the operand of the products. */
export interface ByteWindow {
  /** Bytes from one pixel to the next. */
  readonly pixelStep: number;
  /** Pixels that are computed together; a run has no fewer. */
  readonly tile: number;
  /** Whether patches have several rows, and several pieces in a row. */
  readonly hasRows: boolean;
  readonly hasColumns: boolean;
  /** Words of 32 bits that a pass of the innermost loop takes of each pixel: 2 of bytes where their number is even, else 1. */
  readonly unroll: 1 | 2;
}

/**
 * Pixels of tiles, with 8 channels each. Six leave three vector registers for operands of the dot product of bytes. Products and additions
 * that are apart need one more, and older compilers spill from five on.
 */
const tileSizes: { readonly [V in Variant]: readonly number[] } = { dot: [6, 5, 4], madd: [4, 3], simd128: [4, 3] };

/** Pixels of a run that tiles of one size compute. */
export interface TileRun {
  readonly tile: number;
  readonly pixels: number;
}

/**
 * How a run of `pixels` is divided among tiles, the largest first: the last tile of a part may begin within the one before. A tile of m
 * costs about m, and 2.2 for the weights and for the pause between sums.
 */
export function tilesOf(pixels: number, variant: Variant): readonly TileRun[] {
  if (pixels < 4) return [{ tile: pixels, pixels }];
  const sizes = tileSizes[variant].filter((tile) => tile <= pixels);
  const whole = sizes.map((tile) => [{ tile, pixels }]);
  const pairs = sizes.flatMap((tile) => {
    const most = Math.floor(pixels / tile);
    return Array.from({ length: most }, (_, i) => most - i).flatMap((count) => {
      const rest = pixels - count * tile;
      const smaller = sizes.find((other) => other < tile && rest > 0 && rest % other === 0);
      return smaller === undefined
        ? []
        : [
            [
              { tile, pixels: count * tile },
              { tile: smaller, pixels: rest },
            ],
          ];
    });
  });
  const cost = (runs: readonly TileRun[]) =>
    runs.reduce((sum, run) => sum + Math.ceil(run.pixels / run.tile) * (run.tile + 2.2), 0);
  return [...whole, ...pairs].reduce((best, runs) => (cost(runs) < cost(best) ? runs : best));
}

const windowParams = {
  image: 'i32',
  quads: 'i32',
  kernelRows: 'i32',
  kernelRowStep: 'i32',
  kernelColumns: 'i32',
  kernelColumnStep: 'i32',
  sums: 'i32',
} as const;

/** Where the pieces of patches are that a tile multiplies, four bytes of each pixel at a time. */
interface Walk {
  readonly window: ByteWindow;
  readonly params: ParameterLocals<typeof windowParams>;
  /** The first pixel of the tile. */
  readonly start: Local<'i32'>;
}

/** Runs `step` for each 32 bits of the patches, four bytes or two int16, with the place of the first pixel's. */
function emitWalk(
  f: FunctionBuilder,
  variant: Variant,
  { window, params, start }: Walk,
  step: (x: Local<'i32'>, quad: number) => void,
): void {
  const [x, end] = [f.local('i32', 'x'), f.local('i32', 'end')];
  const [row, ky, piece, kx] = [f.local('i32', 'row'), f.local('i32'), f.local('i32', 'piece'), f.local('i32')];
  const pieceOf = (from: Local<'i32'>) => {
    f.set(x, from);
    f.set(end, i32.add(x, i32.shl(params.quads, variant === 'dot' ? 2 : 3)));
    f.doWhile(
      () => {
        for (let quad = 0; quad < window.unroll; quad++) step(x, quad);
      },
      i32.ne(f.tee(x, i32.add(x, 4 * window.unroll)), end),
    );
  };
  const columnsOf = (from: Local<'i32'>) => {
    if (!window.hasColumns) return pieceOf(from);
    f.set(piece, from);
    f.set(kx, params.kernelColumns);
    f.doWhile(
      () => {
        pieceOf(piece);
        f.set(piece, i32.add(piece, params.kernelColumnStep));
      },
      f.tee(kx, i32.sub(kx, 1)),
    );
  };
  if (window.hasRows) {
    f.set(row, start);
    f.set(ky, params.kernelRows);
    f.doWhile(
      () => {
        columnsOf(row);
        f.set(row, i32.add(row, params.kernelRowStep));
      },
      f.tee(ky, i32.sub(ky, 1)),
    );
  } else columnsOf(start);
  f.free(x, end, row, ky, piece, kx);
}

/** Runs `tile` over a run of pixels; the last tile begins within the one before where the run is no multiple. */
function emitTiles(
  f: FunctionBuilder,
  { pixels, image }: { readonly pixels: Local<'i32'>; readonly image: Local<'i32'> },
  { tile, pixelStep }: ByteWindow,
  moving: readonly { readonly at: Local<'i32'>; readonly step: Expr<'i32'> | number }[],
  body: (start: Local<'i32'>) => void,
): void {
  const [start, left, back] = [f.local('i32', 'start'), f.local('i32', 'left'), f.local('i32', 'back')];
  const all = [{ at: start, step: pixelStep }, ...moving];
  f.set(start, image);
  f.set(left, pixels);
  f.doWhile(
    () => {
      f.if(i32.lt_s(left, tile), () => {
        f.set(back, i32.sub(tile, left));
        for (const { at, step } of all) f.set(at, i32.sub(at, i32.mul(back, step)));
      });
      body(start);
      for (const { at, step } of all) f.set(at, i32.add(at, i32.mul(step, tile)));
    },
    i32.gt_s(f.tee(left, i32.sub(left, tile)), 0),
  );
  f.free(start, left, back);
}

/** The sums of the patches times `-zero`, a vector of four equal numbers for each pixel: what a zero point of the weights asks for. */
export const bytePatchSums = routine({
  params: { ...windowParams, pixels: 'i32', zero: 'i32' },
  name: (_: ByteWindow) => 'sums of patches',
  emit(f, params, window, { variant }) {
    const { tile, pixelStep } = window;
    const [ones, factor] = [f.local('v128', 'ones'), f.local('v128', 'factor')];
    const acc = Array.from({ length: tile }, (_, r) => f.local('v128', `acc${r}`));
    f.set(
      ones,
      variant === 'dot'
        ? v128.const('i8x16', new Array<number>(16).fill(1))
        : v128.const('i16x8', new Array<number>(8).fill(1)),
    );
    f.set(factor, i32x4.splat(i32.sub(0, params.zero)));
    emitTiles(f, params, window, [{ at: params.sums, step: 16 }], (start) => {
      for (const sum of acc) f.set(sum, v128.const('i32x4', [0, 0, 0, 0]));
      emitWalk(f, variant, { window, params, start }, (x, quad) => {
        acc.forEach((sum, r) => {
          const bytes = v128.load32_splat(x, { offset: r * pixelStep + 4 * quad, align: 1 });
          f.set(sum, multiplied(variant, ones, bytes, sum));
        });
      });
      for (const [r, sum] of acc.entries()) f.do(v128.store(params.sums, i32x4.mul(sum, factor), { offset: 16 * r }));
    });
  },
});

/** What the code of a product depends on, beside the window. */
export interface ByteProduct extends IntegerProduct {
  readonly window: ByteWindow;
  /** Whether corrections are to be added to the biases. */
  readonly hasCorrection: boolean;
}

/** Weights of four channels and four k, low and high channels, from two pairs as they are packed. */
const quadLanes = [
  [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23],
  [8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31],
] as const;

/**
 * A run of pixels times packed weights (order `pairs`), eight channels and a tile of pixels at a time, by dot products of bytes or int16.
 * Outputs of pixels lie `rowBytes` apart. `corrections` are eight int32 for each eight channels. `sums` are those of {@link bytePatchSums}, read for weights with a zero point alone.
 */
export const byteTiles = routine({
  params: {
    ...windowParams,
    pixels: 'i32',
    weights: 'i32',
    output: 'i32',
    channels: 'i32',
    rowBytes: 'i32',
    panelBytes: 'i32',
    corrections: 'i32',
    zero: 'i32',
    min: 'i32',
    max: 'i32',
    shift: 'i32',
  },
  name: ({ element, form, window }: ByteProduct) => `products of ${window.tile} pixels ${element} ${form.kind}`,
  emit(f, params, product, library) {
    const { window, element, form, hasCorrection } = product;
    const { weights, output, channels, rowBytes, panelBytes, sums } = params;
    const vectors = headerVectors(form);
    const [target, w, sum] = [f.local('i32', 'target'), f.local('i32', 'w'), f.local('i32', 'sum')];
    const acc = Array.from({ length: window.tile }, (_, r) => [0, 1].map((h) => f.local('v128', `acc${r}${h}`)));
    const hasSums = element === 'offset-int8';
    f.doWhile(
      () => {
        f.set(target, output);
        const moving = [{ at: target, step: rowBytes }];
        if (hasSums) f.set(sum, sums);
        emitTiles(f, params, window, hasSums ? [...moving, { at: sum, step: 16 }] : moving, (start) => {
          emitBegin(f, acc, weights, {
            corrections: hasCorrection ? params.corrections : null,
            sum: hasSums ? sum : null,
          });
          f.set(w, i32.add(weights, headerBytes(vectors, element)));
          emitWalk(f, library.variant, { window, params, start }, (x, quad) => {
            if (library.variant === 'dot') emitStep(f, acc, { x, w, quad }, window);
            else emitPairs(f, acc, { x, w }, window);
          });
          for (const row of acc) {
            for (const [half, vector] of row.entries()) {
              emitRequantize(f, library, form, vector, headerOperands(weights, half, params.shift));
            }
          }
          emitStores(f, library, product, acc, target, params);
        });
        f.set(weights, i32.add(weights, panelBytes));
        f.set(output, i32.add(output, panelChannels));
        if (hasCorrection) f.set(params.corrections, i32.add(params.corrections, vectorBytes));
      },
      i32.gt_s(f.tee(channels, i32.sub(channels, panelChannels)), 0),
    );
  },
});

/** `sum` and the products of a word of 32 bits in each lane. */
function multiplied(variant: Variant, weights: Expr<'v128'>, values: Expr<'v128'>, sum: Local<'v128'>): Expr<'v128'> {
  if (variant === 'dot') return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, values, sum);
  return i32x4.add(sum, i32x4.dot_i16x8_s(values, weights));
}

/** Two k of a tile, of int16: one step at a time, since unrolling makes older compilers spill. */
function emitPairs(
  f: FunctionBuilder,
  acc: Accumulators,
  { x, w }: { readonly x: Local<'i32'>; readonly w: Local<'i32'> },
  { pixelStep }: ByteWindow,
): void {
  const [weights, value] = [[f.local('v128', 'w0'), f.local('v128', 'w1')], f.local('v128', 'value')];
  for (const [half, vector] of weights.entries()) f.set(vector, v128.load8x8_s(w, { offset: 8 * half }));
  acc.forEach((row, r) => {
    f.set(value, v128.load32_splat(x, { offset: r * pixelStep }));
    row.forEach((vector, half) => {
      const factor = weights[half];
      if (factor !== undefined) f.set(vector, i32x4.add(vector, i32x4.dot_i16x8_s(value, factor)));
    });
  });
  f.set(w, i32.add(w, 16));
  f.free(...weights, value);
}

type Accumulators = readonly (readonly Local<'v128'>[])[];

/** Biases, with the correction for the operand's zero point, and the sums of each pixel. */
function emitBegin(
  f: FunctionBuilder,
  acc: Accumulators,
  weights: Local<'i32'>,
  { corrections, sum }: { readonly corrections: Local<'i32'> | null; readonly sum: Local<'i32'> | null },
): void {
  const [first = []] = acc;
  first.forEach((vector, half) => {
    const bias = v128.load(weights, { offset: 16 * half });
    f.set(vector, corrections === null ? bias : i32x4.add(bias, v128.load(corrections, { offset: 16 * half })));
  });
  for (const [r, row] of acc.entries()) {
    if (r === 0) continue;
    row.forEach((vector, half) => {
      const from = first[half];
      if (from === undefined) return;
      f.set(vector, sum === null ? from : i32x4.add(from, v128.load(sum, { offset: 16 * r })));
    });
  }
  if (sum !== null) for (const vector of first) f.set(vector, i32x4.add(vector, v128.load(sum)));
}

/** Four k of a tile. */
function emitStep(
  f: FunctionBuilder,
  acc: Accumulators,
  { x, w, quad }: { readonly x: Local<'i32'>; readonly w: Local<'i32'>; readonly quad: number },
  { pixelStep, unroll }: ByteWindow,
): void {
  const [first, second, low, high] = [
    f.local('v128'),
    f.local('v128'),
    f.local('v128', 'low'),
    f.local('v128', 'high'),
  ];
  const bytes = f.local('v128', 'bytes');
  f.set(first, v128.load(w, { offset: 32 * quad }));
  f.set(second, v128.load(w, { offset: 32 * quad + 16 }));
  f.set(low, i8x16.shuffle(first, second, quadLanes[0]));
  f.set(high, i8x16.shuffle(first, second, quadLanes[1]));
  acc.forEach((row, r) => {
    f.set(bytes, v128.load32_splat(x, { offset: r * pixelStep + 4 * quad, align: 1 }));
    row.forEach((vector, half) => {
      f.set(vector, i32x4.relaxed_dot_i8x16_i7x16_add_s(half === 0 ? low : high, bytes, vector));
    });
  });
  if (quad === unroll - 1) f.set(w, i32.add(w, 32 * unroll));
  f.free(first, second, low, high, bytes);
}

/** Eight channels of each pixel of the tile, or those that are left. */
function emitStores(
  f: FunctionBuilder,
  library: Library,
  { form }: ByteProduct,
  acc: Accumulators,
  target: Local<'i32'>,
  params: {
    readonly channels: Local<'i32'>;
    readonly rowBytes: Local<'i32'>;
    readonly zero: Local<'i32'>;
    readonly min: Local<'i32'>;
    readonly max: Local<'i32'>;
  },
): void {
  const at = f.local('i32', 'at');
  const range = remainingRange(form, params);
  const stored: { readonly bytes: Local<'v128'>; readonly lane: number }[] = [];
  for (let r = 0; r < acc.length; r += 2) {
    const [a, b] = acc[r] ?? [];
    const [c = a, d = b] = acc[r + 1] ?? [];
    if (a === undefined || b === undefined || c === undefined || d === undefined) continue;
    f.set(a, narrowed([a, b, c, d], range));
    stored.push({ bytes: a, lane: 0 });
    if (r + 1 < acc.length) stored.push({ bytes: a, lane: 1 });
  }
  const each = (store: (bytes: Local<'v128'>, lane: number) => void) => {
    f.set(at, target);
    stored.forEach(({ bytes, lane }, r) => {
      if (r > 0) f.set(at, i32.add(at, params.rowBytes));
      store(bytes, lane);
    });
  };
  f.if(
    i32.ge_s(params.channels, panelChannels),
    () => each((bytes, lane) => f.do(v128.store64_lane(at, bytes, lane, { align: 1 }))),
    () => {
      const partial = library.get(storeBytes, null);
      each((bytes, lane) => {
        f.do(f.call(partial, { target: at, value: i64x2.extract_lane(bytes, lane), count: params.channels }));
      });
    },
  );
  f.free(at);
}
