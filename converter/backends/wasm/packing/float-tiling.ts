import { isRelaxed, type Variant } from '../variant.ts';
import type { Chunks, PatchGeometry } from './patches.ts';

/** Tiles of so many output positions, one beside the other. */
export interface TileRun {
  readonly pixels: number;
  readonly tiles: number;
}

/**
 * Most positions of a tile, 8 channels wide. Accumulators, weights and the input must stay in 16 vector registers, and mul + add needs
 * one for the product; compilers older than V8 13 hold the inputs of a whole step besides.
 */
export function largestTile(variant: Variant): number {
  const forced = typeof process !== 'undefined' ? process.env['TILE'] : undefined;
  if (forced) return Number(forced);
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

/** Inputs that a block of tiles may take, in bytes: they stay in the first-level cache beside a panel of weights. */
const blockBytes = 20_000;

/** Tiles that pass through all panels of weights together. */
export function blockTiles({ pixels, tiles }: TileRun, { outputHeight, pixelStep }: PatchGeometry): number {
  return outputHeight > 1 ? tiles : Math.min(tiles, Math.max(1, Math.floor(blockBytes / (4 * pixels * pixelStep))));
}

/** Steps of the sum that are written out: the compilers that have relaxed instructions do not spill then. */
export function unrolled(variant: Variant, { elements }: Chunks): number {
  const forced = typeof process !== 'undefined' ? process.env['UNROLL'] : undefined;
  const wanted = forced ? Number(forced) : isRelaxed(variant) ? 4 : 1;
  return [4, 2].find((steps) => steps <= wanted && elements % steps === 0) ?? 1;
}
