import type { Step } from '../../../plan/program.ts';
import { type Int4Storage, multiplierAt } from '../../../tensor/int4.ts';
import type { CParameter } from '../kernel.ts';
import { inputOf, tableParameter } from '../operand.ts';
import { c } from '../quote.ts';
import type { Accumulation } from './accumulation.ts';
import type { Patch } from './patch.ts';

/** Output channels of a block. */
const BLOCK = 4;

/** Most inputs of an output with which four channels are expanded at once, onto the stack; beyond it is one at a time. */
const MOST_OF_FOUR = 256;

/** Most inputs of an output whose weights are expanded at all: so many bytes of stack. */
const MOST_INPUTS = 4096;

/** A layer whose weights are kept in 4 bits; see nibbles.h. */
export interface Nibbles {
  readonly weights: CParameter;
  /** The declaration of `expanded`, the memory of a block. */
  readonly memory: string;
  /** A struct thimble_nibbles: `{weights, expanded, 64, 32}`. */
  readonly layer: string;
  /** Blocks of four channels, and the channels left over. */
  readonly blocks: number;
  readonly singles: number;
}

/**
 * The weights of a step in 4 bits, or null where they are not kept so, or where inputs do not lie in whole words: such layers have int8
 * weights, which are the same numbers.
 */
export function nibblesOf(
  step: Step,
  groups: number,
  channels: number,
  accumulation: Accumulation,
  { runs }: Patch,
): Nibbles | null {
  const weights = inputOf(step, 1);
  if (weights.kind !== 'constant' || weights.storage?.kind !== 'int4') return null;
  const inputs = runs.count * runs.length;
  if (groups !== 1 || runs.length % 4 !== 0 || accumulation.weightZeroPoint !== 0 || inputs > MOST_INPUTS) return null;
  const blocks = inputs > MOST_OF_FOUR ? 0 : Math.floor(channels / BLOCK);
  const group = weights.storage.group ?? inputs;
  const words = blocks === 0 ? 2 * Math.ceil(inputs / 8) : inputs;
  const data = packed(accumulation, weights.storage, { channels, inputs, group, blocks });
  return {
    weights: tableParameter('weights', { kind: 'numbers', stem: 'weights', element: 'uint8_t', data, words: true }),
    memory: `uint32_t expanded[${words}];`,
    layer: `{weights, expanded, ${inputs}, ${Math.min(group, inputs)}}`,
    blocks,
    singles: channels - BLOCK * blocks,
  };
}

interface Layout {
  readonly channels: number;
  readonly inputs: number;
  readonly group: number;
  readonly blocks: number;
}

/** The bytes in the order of nibbles.h. */
function packed(
  { weightAt }: Accumulation,
  storage: Int4Storage,
  { channels, inputs, group, blocks }: Layout,
): Uint8Array {
  const bytes: number[] = [];
  const factor = multiplierAt(storage, inputs);
  const nibble = (channel: number, k: number) => (k < inputs ? weightAt(channel, k) / factor(channel, k) + 8 : 0);
  const put = (numbers: readonly number[]) => {
    for (let i = 0; i < 4; i++) bytes.push((numbers[i] ?? 0) | ((numbers[i + 4] ?? 0) << 4));
  };
  const four = (channel: number, k: number) => [0, 1, 2, 3].map((i) => nibble(channel, k + i));
  for (let first = 0; first < channels; ) {
    const isBlock = first < BLOCK * blocks;
    for (let start = 0; start < inputs; start += group) {
      for (let i = 0; i < BLOCK; i++) bytes.push(isBlock || i === 0 ? factor(first + i, start) : 0);
    }
    if (isBlock) {
      for (const channel of [first, first + 2]) {
        for (let k = 0; k < inputs; k += 4) put([...four(channel, k), ...four(channel + 1, k)]);
      }
    } else {
      for (let k = 0; k < inputs; k += 8) put([...four(first, k), ...four(first, k + 4)]);
    }
    first += isBlock ? BLOCK : 1;
  }
  return Uint8Array.from(bytes);
}

/** How a processor multiplies a block of channels. */
export interface BlockTiles {
  /** The functions that expand four channels and one, without `thimble_nibbles_`. */
  readonly four: string;
  readonly one: string;
  /** Blocks of the tile that four channels are. */
  readonly blocks: number;
  /** Whether all channels have the same factors. */
  readonly uniform: boolean;
}

/** Four channels in one block of dot.h. */
export const plainBlocks: Pick<BlockTiles, 'four' | 'one' | 'blocks'> = { four: 'four', one: 'one', blocks: 1 };

/** Folded weights, of a layer of one pixel and of more. */
export const foldedBlocks = (pixels: number): Pick<BlockTiles, 'four' | 'one' | 'blocks'> =>
  pixels === 1 ? { four: 'folds_four', one: 'fold_one', blocks: 1 } : { four: 'fold_four', one: 'fold_one', blocks: 2 };

/** Declarations of the memory of a block, and of `tiles`. */
export function nibbleTiles({ memory, layer }: Nibbles, { four, one, blocks, uniform }: BlockTiles): string {
  return c`
    ${memory}
    const struct thimble_nibbles_tiles tiles = {
        ${layer}, ${uniform ? 0 : 2}, ${blocks}, thimble_nibbles_${four}, thimble_nibbles_${one},
    };
  `;
}

/** The call of a tile function for all channels. */
export function nibbleCall(run: string, inputs: string, output: string): string {
  return `thimble_nibbles_channels(${inputs}, &tiles, ${output}, &tile, ${run});`;
}
