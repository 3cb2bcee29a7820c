import type { CLayer } from '../kernel.ts';

/** The tiles that a layer of int8 products calls on Armv7E-M, read from its text. */
export interface TileUse {
  readonly kernel: 'tile' | 'wide' | 'line' | 'fold' | 'folds';
  /** Pixels of the widest tile. */
  readonly width: number;
  /** Groups of four inputs of a pixel. */
  readonly groups: number;
  /** Channels of an output pixel. */
  readonly channels: number;
}

const kernels = ['tile', 'wide', 'line', 'fold', 'folds'] as const;

/** What the tiles of a layer are; null for a layer without. */
export function tileUse({ body }: CLayer): TileUse | null {
  const [, blockText = '', singleText = '', bytes = ''] =
    /const struct thimble_tile tile = \{[^}]*?(\d+),\s+(\d+),\s+(\d+),\s+\}/.exec(body) ?? [];
  const names = [...body.matchAll(/thimble_(tile|wide|line|folds?)(\d?)_/g)];
  const kernel = kernels.find((name) => name === names[0]?.[1]);
  if (bytes === '' || kernel === undefined) return null;
  const block = kernel === 'wide' || kernel === 'fold' ? 2 : 4;
  const widths = names.map(([, , width = '']) => Number(width === '' ? 1 : width));
  return {
    kernel,
    width: Math.max(...widths),
    groups: Number(bytes) / 8,
    channels: block * Number(blockText) + Number(singleText),
  };
}

/** Channels that a tile takes at a time, and its instructions: for each group of four inputs, and beside them. From panel.h, wide.h and folded.h. */
interface TileCost {
  readonly channels: number;
  readonly perGroup: number;
  readonly beside: number;
}

const byteCosts: Readonly<Record<number, TileCost>> = {
  4: { channels: 2, perGroup: 26.75, beside: 73 },
  3: { channels: 2, perGroup: 20.75, beside: 59 },
  2: { channels: 4, perGroup: 31.5, beside: 79 },
  1: { channels: 4, perGroup: 19, beside: 45 },
};

const wordCosts: Readonly<Record<number, TileCost>> = {
  4: { channels: 2, perGroup: 22.75, beside: 68 },
  3: { channels: 2, perGroup: 16.75, beside: 54 },
  2: { channels: 2, perGroup: 12.75, beside: 42 },
  1: { channels: 2, perGroup: 8.75, beside: 30 },
};

const lineCost: TileCost = { channels: 4, perGroup: 12, beside: 45 };

const foldCosts: Readonly<Record<number, TileCost>> = {
  4: { channels: 2, perGroup: 23.75, beside: 76 },
  3: { channels: 2, perGroup: 17.75, beside: 60 },
  2: { channels: 2, perGroup: 13.75, beside: 46 },
  1: { channels: 2, perGroup: 9.75, beside: 32 },
};

const foldsCost: TileCost = { channels: 4, perGroup: 14.5, beside: 49 };

/** Instructions that enter and leave a tile, and that put a group of four inputs of a pixel into the panel. */
const [PER_TILE, PER_INPUT_GROUP] = [40, 5];

/** Instructions of all tiles of `pixels` output pixels on Armv7E-M; what finds the inputs of a pixel is the same for all kernels and left out. */
export function tileInstructions({ kernel, width, groups, channels }: TileUse, pixels: number): number {
  const costs = kernel === 'wide' ? wordCosts : kernel === 'fold' ? foldCosts : byteCosts;
  const one = (count: number): number => {
    const cost = kernel === 'line' ? lineCost : kernel === 'folds' ? foldsCost : costs[count];
    if (cost === undefined || count === 0) return 0;
    const rounds = Math.ceil(channels / cost.channels);
    return PER_TILE + PER_INPUT_GROUP * groups * count + rounds * (cost.perGroup * groups + cost.beside);
  };
  return Math.round(Math.floor(pixels / width) * one(width) + one(pixels % width));
}
