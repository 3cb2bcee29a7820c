import { isRelaxed, type Variant } from '../variant.ts';
import { panelChannels } from './panels.ts';
import type { PatchGeometry } from './patches.ts';

/** Tiles of so many output positions, one beside the other. */
export interface TileRun {
  readonly pixels: number;
  readonly tiles: number;
}

/**
 * Most positions of a tile, 8 channels wide: accumulators, weights and the input stay in 16 vector registers. Multiplication and addition
 * apart need one for the product, and compilers older than V8 13 hold the inputs of a whole step besides.
 */
export function largestTile(variant: Variant): number {
  return isRelaxed(variant) ? 6 : 4;
}

/** A line of positions as tiles of at most `largest`, as equal as they can be: the longer ones first. */
export function tileRuns(positions: number, largest: number): readonly TileRun[] {
  const tiles = Math.ceil(positions / largest);
  const pixels = Math.floor(positions / tiles);
  const longer = positions % tiles;
  return [
    { pixels: pixels + 1, tiles: longer },
    { pixels, tiles: tiles - longer },
  ].filter((run) => run.tiles > 0);
}

/** What fits beside a panel of weights into a first-level cache, and what a second-level cache holds, in bytes. */
const nearBytes = 20_000;
const farBytes = 256_000;

/** Reads from behind the second-level cache count so many times those from it. */
const farCost = 4;

/**
 * Tiles that pass through all panels of weights together. The inputs of a block are read again for each panel, all weights for each
 * block: either the blocks stay in the first-level cache, or there is one block, whichever moves less.
 */
export function blockTiles(
  { pixels, tiles }: TileRun,
  { outputHeight, pixelStep }: PatchGeometry,
  channels: number,
): number {
  if (outputHeight > 1) return tiles;
  const tileBytes = 4 * pixels * pixelStep;
  const near = Math.max(1, Math.floor(nearBytes / tileBytes));
  const panels = Math.ceil(channels / panelChannels);
  const cost = (bytes: number, times: number) => bytes * times * (bytes > farBytes ? farCost : 1);
  const blocked = cost(4 * pixelStep * channels, Math.ceil(tiles / near));
  return near >= tiles || cost(tileBytes * tiles, panels) < blocked ? tiles : near;
}
