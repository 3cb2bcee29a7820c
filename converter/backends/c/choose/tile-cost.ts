import type { TileUse } from '../choice.ts';

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
