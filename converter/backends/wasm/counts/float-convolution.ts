import { blockTiles, largestTile, tileRuns } from '../packing/float-tiling.ts';
import type { PaddedCopy } from '../packing/patches.ts';
import { type FloatConvolution, paddingBytes, tilesConfig } from '../routines/float-convolution.ts';
import type { Variant } from '../variant.ts';
import { counts, loop, noCounts, sum, times, type WasmCounts } from './counts.ts';
import { floatTilesCounts } from './float-tiles.ts';

/** The counts of `floatConvolution`: the work of a line, which may be split between threads, as often as there are lines. */
export function floatConvolutionCounts(config: FloatConvolution, variant: Variant): WasmCounts {
  const { geometry, groups } = config;
  const lines = loop(geometry.outputHeight, lineCounts(config, variant));
  return loop(geometry.images, sum(paddingCounts(geometry.padded), loop(groups, lines)));
}

function lineCounts(config: FloatConvolution, variant: Variant): WasmCounts {
  const { geometry, chunks, groupOutputs } = config;
  const runs = tileRuns(geometry.outputWidth, largestTile(variant)).map((run) => {
    const each = blockTiles(run, geometry, groupOutputs);
    const trips = Math.ceil(run.tiles / each);
    const block = (tiles: number) =>
      floatTilesCounts(tilesConfig(config, run.pixels), { tiles, channels: groupOutputs, chunks }, variant);
    const last = run.tiles - (trips - 1) * each;
    return sum(times(trips - 1, block(each)), block(last), counts({ branches: trips > 1 ? trips : 0 }));
  });
  return sum(...runs);
}

/** The copy with padding, in vectors. */
export function paddingCounts(padded: PaddedCopy | null): WasmCounts {
  if (padded === null) return noCounts;
  const { rows, rowBytes, gap } = paddingBytes(padded);
  const [copied, zeros] = [Math.ceil(rowBytes / 16), Math.ceil(gap / 16)];
  return times(rows, counts({ loads: copied, stores: copied + zeros, branches: copied + zeros + 1 }));
}
