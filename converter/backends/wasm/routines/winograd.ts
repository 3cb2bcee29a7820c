import { type Counter, type Expr, type FunctionBuilder, f32x4, i32, v128 } from '../assembler/index.ts';
import { largestTile, tileRuns } from '../packing/float-tiling.ts';
import { panelBytes, panelChannels } from '../packing/panels.ts';
import type { PaddedCopy } from '../packing/patches.ts';
import { type WinogradShape, winogradBytes, winogradProducts } from '../packing/winograd.ts';
import { type Library, routine } from '../routine.ts';
import { paddingBytes, padImage } from './float-convolution.ts';
import { type Bounds, bounded, emitBounds } from './float-lanes.ts';
import { type FloatTiles, floatTiles } from './float-tiles.ts';

/** What the code of a convolution by Winograd's transformation depends on. */
export interface WinogradConvolution {
  readonly shape: WinogradShape;
  readonly padded: PaddedCopy | null;
  /** Elements of an image of the input. */
  readonly inputElements: number;
  readonly bounds: Bounds;
  /** Bytes of scratch in front of the transformed tiles: the padded copy. */
  readonly copyBytes: number;
}

/** Bytes of scratch: the padded copy, then a block of transformed tiles, then their products. */
export function winogradScratch(shape: WinogradShape, copyBytes: number): number {
  const { transformed, products } = winogradBytes(shape);
  return copyBytes + transformed + products;
}

/** How the products of one element of all tiles are computed. */
export function productTiles({ channels, outputs }: WinogradShape, pixels: number): FloatTiles {
  const lastChannels = ((outputs - 1) % panelChannels) + 1;
  return { pixels, pixelBytes: 4 * channels, chunks: 'one', bounds: 'none', lastChannels };
}

const params = {
  input: 'i32',
  weights: 'i32',
  bias: 'i32',
  output: 'i32',
  scratch: 'i32',
  min: 'f32',
  max: 'f32',
} as const;

/**
 * float32 convolution, 3 x 3 with stride 1, by Winograd's F(2 x 2, 3 x 3). `weights` are the sixteen matrices of transformed weights, in
 * panels with zeros in front. `copyBytes` of the scratch are the padded copy. Blocks of rows of tiles may be split between threads
 * that have scratch of their own.
 */
export const winogradConvolution = routine({
  params,
  name: (_: WinogradConvolution) => 'convolution 3x3 float32',
  emit(f, at, config, library) {
    const { shape, padded, copyBytes } = config;
    const { tileRows, tileColumns, blockRows, rowElements, outputs, channels } = shape;
    const image = f.local('i32', 'image');
    const transformed = i32.add(at.scratch, copyBytes);
    const products = i32.add(at.scratch, copyBytes + winogradBytes(shape).transformed);
    const outputRow = 4 * 2 * tileColumns * outputs;
    f.for({ from: 0, to: shape.images }, (index) => {
      f.set(image, plus(at.input, index, 4 * config.inputElements));
      if (padded !== null) {
        f.do(f.call(library.get(padImage, null), { source: image, target: at.scratch, ...paddingBytes(padded) }));
        f.set(image, at.scratch);
      }
      const result = plus(at.output, index, 2 * tileRows * outputRow);
      f.for({ from: 0, to: tileRows, step: blockRows }, (first) => {
        f.for({ from: 0, to: blockRows }, (row) => {
          const call = f.call(library.get(transformTiles, shape), {
            input: plus(plus(image, first, 8 * rowElements), row, 8 * rowElements),
            target: plus(transformed, row, 4 * tileColumns * channels),
          });
          f.do(call);
        });
        emitProducts(f, library, shape, { transformed, weights: at.weights, products });
        f.for({ from: 0, to: blockRows }, (row) => {
          const call = f.call(library.get(transformProducts, { shape, bounds: config.bounds }), {
            source: plus(products, row, 4 * tileColumns * outputs),
            bias: at.bias,
            output: plus(plus(result, first, 2 * outputRow), row, 2 * outputRow),
            min: at.min,
            max: at.max,
          });
          f.do(call);
        });
      });
    });
  },
});

interface Products {
  readonly transformed: Expr<'i32'>;
  readonly weights: Expr<'i32'>;
  readonly products: Expr<'i32'>;
}

/** Sixteen matrix products of a block of tiles. */
function emitProducts(f: FunctionBuilder, library: Library, shape: WinogradShape, at: Products): void {
  const { channels, outputs, blockRows, tileColumns } = shape;
  const { transformed, products } = winogradBytes(shape);
  const weightBytes = Math.ceil(outputs / panelChannels) * panelBytes(1, channels, 'float32');
  f.for({ from: 0, to: winogradProducts }, (product) => {
    let done = 0;
    for (const { pixels, tiles } of tileRuns(blockRows * tileColumns, largestTile(library.variant))) {
      const call = f.call(library.get(floatTiles, productTiles(shape, pixels)), {
        input: offset(plus(at.transformed, product, transformed / winogradProducts), 4 * done * channels),
        weights: plus(at.weights, product, weightBytes),
        output: offset(plus(at.products, product, products / winogradProducts), 4 * done * outputs),
        tiles,
        channels: outputs,
        outputBytes: 4 * outputs,
        chunk: 4 * channels,
        rows: 1,
        rowSkip: 0,
        columns: 1,
        columnSkip: 0,
        min: 0,
        max: 0,
      });
      f.do(call);
      done += pixels * tiles;
    }
  });
}

function offset(base: Expr<'i32'>, bytes: number): Expr<'i32'> {
  return bytes === 0 ? base : i32.add(base, bytes);
}

function plus(base: Expr<'i32'>, index: Counter, scale: number): Expr<'i32'> {
  if (typeof index === 'number') return offset(base, index * scale);
  return i32.add(base, i32.mul(index, scale));
}

type Combine = (f: (index: number) => Expr<'v128'>) => Expr<'v128'>;

/** The rows of B^T. */
const inputRows: readonly Combine[] = [
  (d) => f32x4.sub(d(0), d(2)),
  (d) => f32x4.add(d(1), d(2)),
  (d) => f32x4.sub(d(2), d(1)),
  (d) => f32x4.sub(d(1), d(3)),
];

/** The rows of A^T. */
const outputRows: readonly Combine[] = [
  (m) => f32x4.add(f32x4.add(m(0), m(1)), m(2)),
  (m) => f32x4.sub(f32x4.sub(m(1), m(2)), m(3)),
];

/** B^T d B of a row of tiles: element e of all tiles of the block stands together. Inputs are loaded twice, which keeps few of them in registers. */
const transformTiles = routine({
  params: { input: 'i32', target: 'i32' },
  name: (_: WinogradShape) => 'transform tiles',
  emit(f, { input, target }, shape) {
    const { channels, rowElements, tileColumns } = shape;
    const step = winogradBytes(shape).transformed / winogradProducts;
    const [left, count] = [f.local('i32', 'left'), f.local('i32', 'vectors')];
    const columns = [0, 1, 2, 3].map((column) => f.local('v128', `column${column}`));
    f.for({ from: 0, to: tileColumns, counter: left }, () => {
      f.for({ from: 0, to: channels / 4, counter: count }, () => {
        inputRows.forEach((combine, row) => {
          columns.forEach((local, column) => {
            const load = (y: number) =>
              v128.load(input, { offset: 4 * (y * rowElements + column * channels), align: 4 });
            f.set(local, combine(load));
          });
          inputRows.forEach((across, column) => {
            f.do(
              v128.store(
                target,
                across((x) => columns[x] ?? zero),
                { offset: (4 * row + column) * step },
              ),
            );
          });
        });
        f.set(input, i32.add(input, 16));
        f.set(target, i32.add(target, 16));
      });
      f.set(input, i32.add(input, 4 * channels));
    });
    f.free(left, count, ...columns);
  },
});

const zero = v128.const('f32x4', [0, 0, 0, 0]);

/** A^T m A of a row of tiles, plus bias, clamped: two rows of the output. */
const transformProducts = routine({
  params: { source: 'i32', bias: 'i32', output: 'i32', min: 'f32', max: 'f32' },
  name: (_: { readonly shape: WinogradShape; readonly bounds: Bounds }) => 'transform products',
  emit(f, at, { shape, bounds }) {
    const { outputs, tileColumns } = shape;
    const step = winogradBytes(shape).products / winogradProducts;
    const { source, output } = at;
    const [left, count, b] = [f.local('i32', 'left'), f.local('i32', 'vectors'), f.local('i32', 'b')];
    const sums = [0, 1].map((row) => [0, 1, 2, 3].map((column) => f.local('v128', `sum${row}${column}`)));
    const vectors = emitBounds(f, at, bounds);
    f.for({ from: 0, to: tileColumns, counter: left }, () => {
      f.set(b, at.bias);
      f.for({ from: 0, to: outputs / 4, counter: count }, () => {
        sums.forEach((row, y) => {
          row.forEach((sum, column) => {
            const load = (m: number) => v128.load(source, { offset: (4 * m + column) * step });
            f.set(sum, (outputRows[y] ?? outputRows[0])?.(load) ?? zero);
          });
        });
        sums.forEach((row, y) => {
          outputRows.forEach((across, x) => {
            const value = f32x4.add(
              across((column) => row[column] ?? zero),
              v128.load(b),
            );
            const place = { offset: 4 * outputs * (y * 2 * tileColumns + x), align: 4 } as const;
            f.do(v128.store(output, bounded(value, vectors), place));
          });
        });
        for (const pointer of [source, output, b]) f.set(pointer, i32.add(pointer, 16));
      });
      f.set(output, i32.add(output, 4 * outputs));
    });
  },
});
