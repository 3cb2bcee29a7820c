import {
  type Expr,
  type FunctionBuilder,
  f32x4,
  i32,
  i32x4,
  i64x2,
  type Local,
  type ParameterLocals,
  v128,
} from '../assembler/index.ts';
import { headerBytes, type IntegerWeights, panelChannels, weightBytes } from '../packing/panels.ts';
import type { RequantizationForm } from '../packing/requantization.ts';
import { type Library, routine } from '../routine.ts';
import { emitHybridResult } from './hybrid.ts';
import { storeBytes, storeFloats } from './requantize.ts';
import { storedZeros } from './weights.ts';

/** Rows that are computed together: 4 rows x 8 channels fill 8 vectors, which leaves registers for the operands. */
export const tileRows = 4;

/**
 * Parameters of the products of packed rows and packed weights: output[row][channel] = sum over k.
 *
 * `panel` is what `pack` wrote: tiles of four rows, 16 bytes per step. `steps` are pairs of k. `channels` may end within a panel of
 * weights; only asked-for elements are stored.
 */
const shapeParams = {
  panel: 'i32',
  weights: 'i32',
  output: 'i32',
  rows: 'i32',
  steps: 'i32',
  channels: 'i32',
  rowBytes: 'i32',
} as const;

type Shape = ParameterLocals<typeof shapeParams>;

/** What a tile of sums becomes. */
interface Product {
  readonly element: IntegerWeights;
  /** Vectors of channel constants in front of the weights. */
  readonly vectors: number;
  readonly outputBytes: 1 | 4;
  /** Sets the accumulators at the start of a tile. */
  begin(acc: Local<'v128'>, half: number, header: Local<'i32'>): void;
  /** Turns sums into outputs, in place. */
  finish(acc: Local<'v128'>, half: number, header: Local<'i32'>): void;
  store(rows: readonly (readonly Local<'v128'>[])[], target: Local<'i32'>, left: Local<'i32'>): void;
}

function emitProduct(f: FunctionBuilder, params: Shape, product: Product): void {
  const { panel, weights, output, rows, steps, channels } = params;
  const header = headerBytes(product.vectors, product.element);
  const stepBytes = 2 * panelChannels * weightBytes[product.element];
  const bytes = f.local('i32', 'weightBytes');
  const [w, end, x] = [f.local('i32', 'w'), f.local('i32', 'end'), f.local('i32', 'x')];
  const [target, left] = [f.local('i32', 'target'), f.local('i32', 'left')];
  const acc = Array.from({ length: tileRows }, (_, r) => [0, 1].map((h) => f.local('v128', `acc${r}${h}`)));
  const sums = product.element === 'offset-int8' ? emitRowSums(f, params) : null;
  const sum = f.local('i32', 'sum');
  f.set(bytes, i32.mul(steps, stepBytes));
  f.doWhile(
    () => {
      f.set(end, i32.add(i32.add(weights, header), bytes));
      f.set(x, panel);
      if (sums !== null) f.set(sum, sums);
      f.set(target, output);
      f.set(left, rows);
      f.doWhile(
        () => {
          f.set(w, i32.add(weights, header));
          for (const row of acc) {
            for (const [half, vector] of row.entries()) product.begin(vector, half, weights);
          }
          if (sums !== null) emitZeroCorrection(f, acc, sum, storedZeros(weights, product.vectors));
          emitInnerLoop(f, acc, { w, x, end, stepBytes });
          for (const row of acc) {
            for (const [half, vector] of row.entries()) product.finish(vector, half, weights);
          }
          product.store(acc, target, left);
          f.set(target, i32.add(target, i32.shl(params.rowBytes, 2)));
        },
        i32.gt_s(f.tee(left, i32.sub(left, tileRows)), 0),
      );
      f.set(weights, end);
      f.set(output, i32.add(output, panelChannels * product.outputBytes));
    },
    i32.gt_s(f.tee(channels, i32.sub(channels, panelChannels)), 0),
  );
}

/** Where `pack` may write behind the panel, in bytes; the sums of the rows follow. */
export const packOvershootBytes = 48;

/**
 * Writes the sum of each packed row behind the panel, 16 bytes per tile, and gives the address of the first. Weights
 * with a zero point z stay as they are stored: sum of x (w - z) = sum of x w - z * sum of x.
 */
function emitRowSums(f: FunctionBuilder, { panel, rows, steps }: Shape): Local<'i32'> {
  const [sums, target, x] = [f.local('i32', 'sums'), f.local('i32', 'sumTarget'), f.local('i32', 'sumSource')];
  const [left, total] = [f.local('i32', 'stepsLeft'), f.local('v128', 'total')];
  const tiles = i32.shr_u(i32.add(rows, tileRows - 1), 2);
  const panelEnd = f.local('i32', 'panelEnd');
  f.set(panelEnd, i32.add(panel, i32.shl(i32.mul(tiles, steps), 4)));
  f.set(sums, i32.add(panelEnd, packOvershootBytes));
  f.set(target, sums);
  f.set(x, panel);
  f.doWhile(
    () => {
      f.set(total, v128.const('i32x4', [0, 0, 0, 0]));
      f.set(left, steps);
      f.doWhile(
        () => {
          f.set(total, i32x4.add(total, i32x4.extadd_pairwise_i16x8_s(v128.load(x))));
          f.set(x, i32.add(x, 16));
        },
        f.tee(left, i32.sub(left, 1)),
      );
      f.do(v128.store(target, total));
      f.set(target, i32.add(target, 16));
    },
    i32.lt_u(x, panelEnd),
  );
  f.free(target, x, left, total, panelEnd);
  return sums;
}

/** Takes zero point x sum of the row off each accumulator, and moves on to the sums of the next tile. */
function emitZeroCorrection(
  f: FunctionBuilder,
  acc: readonly (readonly Local<'v128'>[])[],
  sum: Local<'i32'>,
  zeros: Expr<'v128'>,
): void {
  const correction = f.local('v128', 'correction');
  acc.forEach((row, r) => {
    const rowSum = v128.load32_splat(sum, { offset: 4 * r });
    f.set(correction, i32x4.mul(rowSum, i32x4.extend_low_i16x8_s(zeros)));
    for (const vector of row) f.set(vector, i32x4.sub(vector, correction));
  });
  f.set(sum, i32.add(sum, 16));
  f.free(correction);
}

interface InnerLoop {
  readonly w: Local<'i32'>;
  readonly x: Local<'i32'>;
  readonly end: Local<'i32'>;
  readonly stepBytes: number;
}

/** One step at a time: unrolling makes older compilers spill. */
function emitInnerLoop(
  f: FunctionBuilder,
  acc: readonly (readonly Local<'v128'>[])[],
  { w, x, end, stepBytes }: InnerLoop,
): void {
  const weights = [f.local('v128', 'w0'), f.local('v128', 'w1')];
  const value = f.local('v128', 'value');
  f.doWhile(
    () => {
      weights.forEach((vector, half) => {
        const offset = (half * stepBytes) / 2;
        f.set(vector, v128.load8x8_s(w, { offset }));
      });
      acc.forEach((row, r) => {
        f.set(value, v128.load32_splat(x, { offset: 4 * r }));
        row.forEach((vector, half) => {
          const factor = weights[half];
          if (factor === undefined) return;
          f.set(vector, i32x4.add(vector, i32x4.dot_i16x8_s(value, factor)));
        });
      });
      f.set(x, i32.add(x, 16));
    },
    i32.ne(f.tee(w, i32.add(w, stepBytes)), end),
  );
  f.free(...weights, value);
}

/** What an integer product depends on. */
export interface IntegerProduct {
  readonly element: IntegerWeights;
  readonly form: RequantizationForm;
}

type Quad = [Local<'v128'>, Local<'v128'>, Local<'v128'>, Local<'v128'>];

/** The vectors of rows 0 and 1, and of rows 2 and 3. */
export function storePairs(rows: readonly (readonly Local<'v128'>[])[]): Quad[] {
  const flat = rows.flat();
  return [flat.slice(0, 4), flat.slice(4, 8)].flatMap(([a, b, c, d]): Quad[] =>
    a && b && c && d ? [[a, b, c, d]] : [],
  );
}

export interface TileTarget {
  readonly target: Local<'i32'>;
  /** Rows that are left, this tile included. */
  readonly left: Local<'i32'>;
  readonly rowBytes: Local<'i32'>;
  /** Channels that are left, this panel included. */
  readonly channels: Local<'i32'>;
}

/** Runs `store` for each of the four rows that exist, with the address of the row. */
function forEachRow(
  f: FunctionBuilder,
  { target, left, rowBytes }: TileTarget,
  store: (row: number, at: Local<'i32'>) => void,
): void {
  const at = f.local('i32', 'at');
  f.set(at, target);
  f.block((done) => {
    for (let row = 0; row < tileRows; row++) {
      store(row, at);
      if (row === tileRows - 1) break;
      f.brIf(done, i32.le_s(left, row + 1));
      f.set(at, i32.add(at, rowBytes));
    }
  });
  f.free(at);
}

/** Two rows of eight bytes in each of the two vectors. */
export function storeIntegerTile(
  f: FunctionBuilder,
  library: Library,
  vectors: readonly [Local<'v128'>, Local<'v128'>],
  tile: TileTarget,
): void {
  const vectorOf = (row: number) => (row < 2 ? vectors[0] : vectors[1]);
  f.if(
    i32.ge_s(tile.channels, panelChannels),
    () => forEachRow(f, tile, (row, at) => f.do(v128.store64_lane(at, vectorOf(row), row % 2, { align: 1 }))),
    () => {
      const partial = library.get(storeBytes, null);
      forEachRow(f, tile, (row, at) => {
        const value = i64x2.extract_lane(vectorOf(row), row % 2);
        f.do(f.call(partial, { target: at, value, count: tile.channels }));
      });
    },
  );
}

/** Stores rows of eight floats in two vectors each. */
export function storeFloatTile(
  f: FunctionBuilder,
  library: Library,
  rows: readonly (readonly Local<'v128'>[])[],
  tile: TileTarget,
): void {
  const forEachVector = (store: (vector: Local<'v128'>, half: number, at: Local<'i32'>) => void) => {
    forEachRow(f, tile, (row, at) => {
      for (const [half, vector] of (rows[row] ?? []).entries()) store(vector, half, at);
    });
  };
  f.if(
    i32.ge_s(tile.channels, panelChannels),
    () => forEachVector((vector, half, at) => f.do(v128.store(at, vector, { offset: 16 * half, align: 4 }))),
    () => {
      const partial = library.get(storeFloats, null);
      forEachVector((value, half, at) => {
        const store = () => {
          f.do(f.call(partial, { target: i32.add(at, 16 * half), value, count: i32.sub(tile.channels, 4 * half) }));
        };
        if (half === 0) store();
        else f.if(i32.gt_s(tile.channels, 4), store);
      });
    },
  );
}

/** min(max(value, low), high) per lane; pmax and pmin are single instructions where min and max are not. */
export function clamped(
  value: Local<'v128'>,
  { min, max }: { readonly min: Local<'f32'>; readonly max: Local<'f32'> },
) {
  return f32x4.pmin(f32x4.pmax(value, f32x4.splat(min)), f32x4.splat(max));
}

/** float32 outputs of int8 inputs that were quantized at run time; `scale` is where the scale of the input lies. */
export const hybridMatrix = routine({
  params: { ...shapeParams, scale: 'i32', min: 'f32', max: 'f32' },
  name: ({ element }: { readonly element: IntegerWeights }) => `matrix product hybrid ${element}`,
  emit(f, params, { element }, library) {
    const { rowBytes, channels, scale } = params;
    emitProduct(f, params, {
      element,
      vectors: 2,
      outputBytes: 4,
      begin: (acc) => f.set(acc, v128.const('i32x4', [0, 0, 0, 0])),
      finish(acc, half, header) {
        emitHybridResult(f, acc, { header, offset: 16 * half, scale });
        f.set(acc, clamped(acc, params));
      },
      store: (rows, target, left) => storeFloatTile(f, library, rows, { target, left, rowBytes, channels }),
    });
  },
});
