import { type Expr, type FunctionBuilder, i32, i32x4, type Local, select, v128 } from '../assembler/index.ts';
import { panelChannels } from '../packing/panels.ts';
import type { Requantization } from '../packing/requantization.ts';
import { type Library, routine } from '../routine.ts';
import { floatDotRows } from './dot-rows.ts';
import { multiplyAdd } from './float-lanes.ts';
import { type MatmulBytes, packPanel, widenRows } from './matmul-pack.ts';
import { storeFloatTile, storeIntegerTile, storePairs, tileRows } from './matrix.ts';
import { emitNested, type NestedLoop } from './nested.ts';
import { emitRequantize, narrowed, uniformOperands } from './requantize.ts';

const matmulParams = { a: 'i32', b: 'i32', output: 'i32', scratch: 'i32' } as const;

type Places = { readonly [K in keyof typeof matmulParams]: Local<'i32'> };

/** The loops over stacks of matrices, in bytes of a and of b, and one product of them. */
export interface MatmulLoops {
  readonly batch: readonly NestedLoop[];
  readonly product: MatmulBytes;
  /** Whether eight columns of b are packed side by side first; else they are read where they lie. */
  readonly packed: boolean;
}

/** One row of a times columns of b that lie in one piece each, as weights do; `zeros` are as many as there are columns. */
export const floatRowMatmul = routine({
  params: { a: 'i32', b: 'i32', output: 'i32', zeros: 'i32' },
  name: (_: Omit<MatmulLoops, 'packed'>) => 'matmul of a row float32',
  emit(f, { a, b, output, zeros }, { batch, product: { depth, columns } }, library) {
    const dot = library.get(floatDotRows, null);
    const bounds = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
    emitNested(f, [a, b], batch, ([input, weights]) => {
      if (input === undefined || weights === undefined) return;
      f.do(f.call(dot, { input, weights, bias: zeros, output, rows: 1, channels: columns, depth, ...bounds }));
      f.set(output, i32.add(output, 4 * columns));
    });
  },
});

/** How a tile of 4 rows x 8 columns is computed. */
interface Tile {
  readonly outputBytes: 1 | 4;
  /** Bytes from one step of the sum to the next: of each row, and of the columns. */
  readonly rowStep: number;
  readonly columnStep: number;
  readonly steps: number;
  multiply(acc: Local<'v128'>, value: Local<'v128'>, weights: Local<'v128'>): Expr<'v128'>;
  store(rows: readonly (readonly Local<'v128'>[])[], target: TilePlace): void;
}

interface TilePlace {
  readonly target: Local<'i32'>;
  readonly left: Local<'i32'>;
  readonly rowBytes: Local<'i32'>;
  readonly channels: Local<'i32'>;
}

/** All tiles of one product. Rows begin at `a`, `rowPitch` bytes apart; `columns` gives the first of eight columns at its place in b. */
function emitTiles(
  f: FunctionBuilder,
  { a, b, output }: Omit<Places, 'scratch'>,
  { rows, columns, bColumn }: MatmulBytes,
  rowPitch: number,
  tile: Tile,
  columnsAt: (b: Local<'i32'>, left: Local<'i32'>) => Local<'i32'>,
): void {
  const [bAt, aAt, target, out] = ['bAt', 'aAt', 'target', 'out'].map((name) => f.local('i32', name));
  const [channels, left, rowBytes] = ['channels', 'left', 'rowBytes'].map((name) => f.local('i32', name));
  if (!bAt || !aAt || !target || !out || !channels || !left || !rowBytes) return;
  const acc = Array.from({ length: Math.min(rows, tileRows) }, (_, r) =>
    [0, 1].map((half) => f.local('v128', `acc${r}${half}`)),
  );
  f.set(rowBytes, columns * tile.outputBytes);
  f.set(channels, columns);
  f.set(bAt, b);
  f.set(target, output);
  f.doWhile(
    () => {
      const w = columnsAt(bAt, channels);
      f.set(left, rows);
      f.set(aAt, a);
      f.set(out, target);
      f.doWhile(
        () => {
          emitSums(f, { aAt, w, left }, acc, rowPitch, tile);
          tile.store(acc, { target: out, left, rowBytes, channels });
          f.set(aAt, i32.add(aAt, tileRows * rowPitch));
          f.set(out, i32.add(out, tileRows * columns * tile.outputBytes));
        },
        i32.gt_s(f.tee(left, i32.sub(left, tileRows)), 0),
      );
      f.set(bAt, i32.add(bAt, panelChannels * bColumn));
      f.set(target, i32.add(target, panelChannels * tile.outputBytes));
    },
    i32.gt_s(f.tee(channels, i32.sub(channels, panelChannels)), 0),
  );
  f.free(bAt, aAt, target, out, channels, left, rowBytes, ...acc.flat());
}

/** The sums of one tile; rows behind the last are the last one again. */
function emitSums(
  f: FunctionBuilder,
  { aAt, w, left }: { readonly aAt: Local<'i32'>; readonly w: Local<'i32'>; readonly left: Local<'i32'> },
  acc: readonly (readonly Local<'v128'>[])[],
  rowPitch: number,
  { rowStep, columnStep, steps, multiply }: Tile,
): void {
  const rows = acc.map((_, r) => f.local('i32', `row${r}`));
  const [at, end] = [f.local('i32', 'columnAt'), f.local('i32', 'columnEnd')];
  const weights = [f.local('v128', 'w0'), f.local('v128', 'w1')];
  const value = f.local('v128', 'value');
  rows.forEach((row, r) => {
    const before = rows[r - 1];
    f.set(row, before === undefined ? aAt : select(i32.add(before, rowPitch), before, i32.gt_s(left, r)));
  });
  for (const vector of acc.flat()) f.set(vector, v128.const('i32x4', [0, 0, 0, 0]));
  f.set(at, w);
  f.set(end, i32.add(w, steps * columnStep));
  f.doWhile(
    () => {
      weights.forEach((vector, half) => {
        f.set(vector, v128.load(at, { offset: 16 * half, align: 4 }));
      });
      acc.forEach((row, r) => {
        const pointer = rows[r];
        if (pointer === undefined) return;
        f.set(value, v128.load32_splat(pointer));
        row.forEach((sum, half) => {
          const factor = weights[half];
          if (factor !== undefined) f.set(sum, multiply(sum, value, factor));
        });
        f.set(pointer, i32.add(pointer, rowStep));
      });
    },
    i32.ne(f.tee(at, i32.add(at, columnStep)), end),
  );
  f.free(...rows, at, end, ...weights, value);
}

/** float32. Without relaxed instructions sums run in the order of the reference, so that results are equal to the bit. */
export const floatMatmul = routine({
  params: matmulParams,
  name: (_: MatmulLoops) => 'matmul float32',
  emit(f, { a, b, output, scratch }, { batch, product, packed }, library) {
    const columnStep = packed ? 4 * panelChannels : product.bStep;
    const tile: Tile = {
      ...{ outputBytes: 4, rowStep: product.aStep, columnStep, steps: product.depth },
      multiply: (acc, value, weights) => multiplyAdd(library.variant, acc, value, weights),
      store: (rows, place) => storeFloatTile(f, library, rows, place),
    };
    emitNested(f, [a, b], batch, ([aAt, bAt]) => {
      if (aAt === undefined || bAt === undefined) return;
      emitTiles(f, { a: aAt, b: bAt, output }, product, product.aRow, tile, (source, count) => {
        if (!packed) return source;
        f.do(
          f.call(library.get(packPanel, { element: 'float32', product, zero: 0 }), { source, target: scratch, count }),
        );
        return scratch;
      });
      f.set(output, i32.add(output, 4 * product.rows * product.columns));
    });
  },
});

/** A product of integers of 8 bits. */
export interface IntegerMatmul extends MatmulLoops {
  readonly a: { readonly element: 'int8' | 'uint8'; readonly zero: number };
  readonly b: { readonly element: 'int8' | 'uint8'; readonly zero: number };
  /** What a sum becomes; null where the sums are the output. */
  readonly result: {
    readonly requantization: Pick<Requantization, 'form' | 'shift'> & { readonly values: readonly number[] };
    readonly zero: number;
    readonly min: number;
    readonly max: number;
  } | null;
}

/** Bytes of a row of a as int16, and of all of them with what stores may reach behind the last. */
export function widenedBytes({ rows, depth }: MatmulBytes): { readonly row: number; readonly total: number } {
  const row = 4 * Math.ceil(depth / 2);
  return { row, total: Math.ceil((rows * row + 16) / 16) * 16 };
}

/** Both operands become int16 without zero points: a as a whole, b eight columns at a time. */
export const integerMatmul = routine({
  params: matmulParams,
  name: ({ result }: IntegerMatmul) => (result === null ? 'matmul sums' : 'matmul int8'),
  emit(f, { a, b, output, scratch }, config, library) {
    const { batch, product, result } = config;
    const widened = widenedBytes(product);
    const panel = f.local('i32', 'panel');
    f.set(panel, i32.add(scratch, widened.total));
    const tile: Tile = {
      ...{ outputBytes: result === null ? 4 : 1, rowStep: 4, columnStep: 4 * panelChannels },
      steps: Math.ceil(product.depth / 2),
      multiply: (acc, value, weights) => i32x4.add(acc, i32x4.dot_i16x8_s(value, weights)),
      store: (rows, place) => storeSums(f, library, result, rows, place),
    };
    emitNested(f, [a, b], batch, ([aAt, bAt]) => {
      if (aAt === undefined || bAt === undefined) return;
      f.do(f.call(library.get(widenRows, { ...config.a, product }), { source: aAt, target: scratch }));
      emitTiles(f, { a: scratch, b: bAt, output }, product, widened.row, tile, (source, count) => {
        f.do(f.call(library.get(packPanel, { ...config.b, product }), { source, target: panel, count }));
        return panel;
      });
      f.set(output, i32.add(output, tile.outputBytes * product.rows * product.columns));
    });
  },
});

function storeSums(
  f: FunctionBuilder,
  library: Library,
  result: IntegerMatmul['result'],
  rows: readonly (readonly Local<'v128'>[])[],
  place: TilePlace,
): void {
  if (result === null) {
    storeFloatTile(f, library, rows, place);
    return;
  }
  const { form, shift, values } = result.requantization;
  const operands = uniformOperands({ form, shift, vectors: values.map((value) => Int32Array.of(value)) });
  for (const sum of rows.flat()) emitRequantize(f, library, form, sum, operands);
  // One row alone stands for all four; only as many as are left are stored.
  const [first = [], second = first, third = first, fourth = first] = rows;
  const [low, high] = storePairs([first, second, third, fourth]).map(([p, q, r, s]) => {
    const bytes = f.local('v128');
    f.set(bytes, narrowed([p, q, r, s], result));
    return bytes;
  });
  if (low === undefined || high === undefined) return;
  storeIntegerTile(f, library, [low, high], place);
  f.free(low, high);
}
