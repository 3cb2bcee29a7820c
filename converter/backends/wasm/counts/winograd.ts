import { largestTile, tileRuns } from '../packing/float-tiling.ts';
import { winogradProducts } from '../packing/winograd.ts';
import { productTiles, type WinogradConvolution } from '../routines/winograd.ts';
import type { Variant } from '../variant.ts';
import { boundCounts, counts, loop, resultCounts, sum, times, type WasmCounts } from './counts.ts';
import { paddingCounts } from './float-convolution.ts';
import { floatTilesCounts } from './float-tiles.ts';

/** Additions of B^T d B, and of A^T m A, for a vector of channels; loads of inputs, each of which is used in two rows of B^T. */
const transformation = { inputArithmetic: 32, inputLoads: 32, outputArithmetic: 24 } as const;

/** The counts of `winogradConvolution`. */
export function winogradCounts({ shape, padded, bounds }: WinogradConvolution, variant: Variant): WasmCounts {
  const { channels, outputs, tileRows, tileColumns, blockRows } = shape;
  const input = counts({
    loads: transformation.inputLoads,
    arithmetic: transformation.inputArithmetic,
    stores: winogradProducts,
  });
  const output = sum(
    // Two products are in both rows of A^T.
    counts({ loads: 24, arithmetic: transformation.outputArithmetic }),
    times(4, sum(resultCounts(4, bounds), counts({ loads: 1 }))),
  );
  const products = tileRuns(blockRows * tileColumns, largestTile(variant)).map(({ pixels, tiles }) => {
    const chunks = { rows: 1, columns: 1, elements: channels };
    return floatTilesCounts(productTiles(shape, pixels), { tiles, channels: outputs, chunks }, variant);
  });
  const block = sum(
    loop(blockRows, loop(tileColumns, loop(channels / 4, input))),
    loop(winogradProducts, sum(...products)),
    loop(blockRows, sum(counts({ arithmetic: boundCounts[bounds] }), loop(tileColumns, loop(outputs / 4, output)))),
  );
  return loop(shape.images, sum(paddingCounts(padded), loop(tileRows / blockRows, block)));
}
