import type { TileUse } from '../choice.ts';
import { affine, type Geometry } from '../geometry.ts';
import type { CParameter, KernelContext } from '../kernel.ts';
import { c } from '../quote.ts';
import type { Accumulation } from './accumulation.ts';
import { byRows, expandPixels, restAddresses } from './expand.ts';
import { foldedTiles, isFoldable } from './folded.ts';
import { type Gather, gatherOf } from './gather.ts';
import { heliumTiles } from './helium.ts';
import { foldedBlocks, type Nibbles, nibbleCall, nibbleTiles, plainBlocks } from './nibbles.ts';
import { STACK_PANEL_BYTES, TILE_WIDTHS, tilePanelBytes } from './panel-bytes.ts';
import type { Patch } from './patch.ts';
import { NO_TAP, type Runs, tapsOf } from './product.ts';
import { type PairRequantizer, pairRequantizerOf } from './requantize.ts';
import { byteTiles, type TileKernel, wideTiles } from './wide.ts';

/** Products of a pixel from which on a tile of one pixel is worth its code. */
const SINGLE_MACS = 1024;

/** A convolution in tiles of several pixels, for Armv7E-M, with what the portable loops need to read the same weights. */
export interface Panel {
  readonly requantizer: PairRequantizer;
  /** Whole words of the runs of the patch, and what is left of them, gathered in `rest`. */
  readonly runs: readonly Runs[];
  /** The taps in the order of the weights. */
  readonly taps: readonly (readonly number[])[];
  /** Declaration of `rest`, and statements that fill it for one pixel. */
  readonly before: string;
  readonly find: string;
  /** The body of the layer function on Armv7E-M, and with Helium. */
  readonly tiles: string;
  readonly helium: string;
  /** The memory of the panel, where it is not on the stack. */
  readonly parameters: readonly CParameter[];
  /** Statements that use what only the tiles need. */
  readonly unused: readonly string[];
  /** The tiles that are called on Armv7E-M. */
  readonly kernel: TileKernel;
  /** Whether gather.h calls them. */
  readonly gathers: boolean;
  /** What the tiles cost is computed from. */
  readonly tileUse: TileUse;
}

/** The tiles of a layer by their name in the headers. */
function tileName(kernel: TileKernel, isWide: boolean, pixels: number): TileUse['kernel'] {
  if (isWide) return pixels === 1 ? 'line' : 'wide';
  if (kernel.expand === 'expand') return 'tile';
  return pixels === 1 ? 'folds' : 'fold';
}

/**
 * The panel of a convolution, or null where it does not pay or the numbers do not allow it.
 *
 * @param zeroPoint of the input
 */
export function panelOf(
  g: Geometry,
  groups: number,
  accumulation: Accumulation,
  patch: Patch,
  { spareBytes, choice, zeroPoint }: Pick<KernelContext, 'spareBytes' | 'choice'> & { readonly zeroPoint: number },
  nibbles: Nibbles | null = null,
): Panel | null {
  const requantizer = pairRequantizerOf(accumulation);
  if (requantizer === null || groups !== 1 || accumulation.weightZeroPoint !== 0) return null;
  const { runs, taps, restBytes } = inWords(patch.runs);
  const groupCount = runs.reduce((sum, { count, length }) => sum + (count * length) / 4, 0);
  const pixels = g.outputHeight * g.outputWidth;
  const most = Math.max(STACK_PANEL_BYTES, spareBytes);
  const pays = (tile: number) => tile > 1 || groupCount * 4 * g.outputChannels >= SINGLE_MACS;
  const width = TILE_WIDTHS.find(
    (tile) =>
      tile <= Math.min(pixels, choice.pixels ?? 4) && pays(tile) && tilePanelBytes(4 * groupCount, tile) <= most,
  );
  if (width === undefined) return null;
  const isWide = nibbles === null && choice.form === 'words' && requantizer.processors === 'THIMBLE_DSP';
  const isFolded = (nibbles !== null || choice.form === 'bytes') && requantizer.processors === 'THIMBLE_DSP';
  const kernel = isWide
    ? wideTiles(pixels)
    : isFolded && isFoldable(accumulation, taps.flat().filter((tap) => tap !== NO_TAP).length)
      ? foldedTiles(pixels)
      : byteTiles;
  const rests = restAddresses(patch.runs);
  const onStack = spareBytes < groupCount * 8 * width;
  const memory = onStack ? `uint32_t panel[${groupCount * 2 * width}];` : '';
  const { offset } = requantizer;
  const gather =
    kernel.expand === 'fold' && nibbles === null
      ? gatherOf(g, patch, { width, panelBytes: groupCount * 8, offset, zeroPoint, block: kernel.block })
      : null;
  const panelParameter = { declaration: 'uint32_t *panel', argument: { kind: 'spare' } } as const;
  const own = (gather?.names ?? []).map((name) => `(void)${name};`);
  return {
    requantizer,
    kernel,
    gathers: gather !== null,
    tileUse: {
      kernel: tileName(kernel, isWide, pixels),
      ...{ width, groups: groupCount, channels: g.outputChannels },
    },
    runs,
    taps,
    before: restBytes === 0 ? '' : `int8_t rest[${restBytes}] = {0};`,
    find: rests.map((address, i) => `rest[${i}] = ${address};`).join('\n'),
    tiles: c`
      ${memory}
      ${gather === null ? tileLoops(g, patch, requantizer, width, groupCount, kernel, nibbles) : gatherCall(gather, requantizer, kernel, width, pixels)}
    `,
    helium: [...own, heliumTiles({ g, patch, requantizer, inputs: 4 * groupCount, memory, nibbles })].join('\n'),
    parameters: [...(gather?.parameters ?? []), ...(onStack ? [] : [panelParameter])],
    unused: [...unusedOf(requantizer), ...own, ...(onStack ? [] : ['(void)panel;'])],
  };
}

function gatherCall(
  gather: Gather,
  { style, uniform }: PairRequantizer,
  { name }: TileKernel,
  width: number,
  pixels: number,
): string {
  const tile = (count: number) => `thimble_${name(count)}_${style}_${uniform ? 'same' : 'each'}`;
  const [run, last] = [tile(width), tile(pixels % width === 0 ? width : pixels % width)];
  return c`
    ${gather.memory}
    ${gather.call(run, last)}
  `;
}

/** Blocks of channels of a tile, and the channels left over. */
function blocksOf(
  channels: number,
  { block }: TileKernel,
  nibbles: Nibbles | null,
): { readonly blocks: number; readonly singles: number } {
  if (nibbles !== null) return nibbles;
  return { blocks: Math.floor(channels / block), singles: channels % block };
}

/** Statements for the portable text, which needs no pairs where all channels have the same. */
export function unusedOf({ uniform }: PairRequantizer): string[] {
  return uniform ? ['(void)factors;'] : [];
}

/** Runs cut into whole words; the last one to three inputs of each run follow all of them, filled up to a word. */
function inWords(runs: Runs): { runs: Runs[]; taps: number[][]; restBytes: number } {
  const whole = runs.length - (runs.length % 4);
  const all = tapsOf(runs);
  const rest = all.flatMap((taps) => taps.slice(whole));
  while (rest.length % 4 !== 0) rest.push(NO_TAP);
  const restRuns = rest.length === 0 ? [] : [{ count: 1, length: rest.length, address: () => 'rest' }];
  const wholeRuns = whole === 0 ? [] : [{ ...runs, length: whole }];
  return {
    runs: [...wholeRuns, ...restRuns],
    taps: [...(whole === 0 ? [] : all.map((taps) => taps.slice(0, whole))), ...(rest.length === 0 ? [] : [rest])],
    restBytes: rest.length,
  };
}

function tileLoops(
  g: Geometry,
  patch: Patch,
  requantizer: PairRequantizer,
  width: number,
  groups: number,
  kernel: TileKernel,
  nibbles: Nibbles | null,
): string {
  const { name } = kernel;
  const pixels = g.outputHeight * g.outputWidth;
  const channels = g.outputChannels;
  const { uniform, offset, style } = requantizer;
  const output = pixels === 1 ? 'output' : `output + ${affine('first', channels, 0)}`;
  const run = (count: number) => `thimble_${name(count)}_${style}_${uniform ? 'same' : 'each'}`;
  const tile = (count: number) =>
    nibbles === null ? `${run(count)}(panel, weights, ${output}, &tile);` : nibbleCall(run(count), 'panel', output);
  const { blocks, singles } = blocksOf(channels, kernel, nibbles);
  const own = kernel.expand === 'fold' ? foldedBlocks(pixels) : plainBlocks;
  return c`
    ${nibbles === null ? '' : nibbleTiles(nibbles, { ...own, uniform })}
    const struct thimble_tile tile = {
        biases, factors, ${offset}, ${channels}, ${blocks}, ${singles}, ${groups * 8},
    };
    ${byRows(g, patch) ? '' : patch.before}
    ${
      g.batch === 1
        ? c`
            const int8_t *const image = input;
            ${imageTiles(g, patch, width, kernel, tile)}
          `
        : c`
            for (int32_t n = 0; n < ${g.batch}; n++) {
                const int8_t *const image = input + n * ${g.height * g.width * g.channels};
                ${imageTiles(g, patch, width, kernel, tile)}
                output += ${pixels * channels};
            }
          `
    }
  `;
}

/** Statements that go over an image tile by tile; the last tile has the pixels that are left. */
function imageTiles(
  g: Geometry,
  patch: Patch,
  width: number,
  { expand }: TileKernel,
  tile: (count: number) => string,
): string {
  const pixels = g.outputHeight * g.outputWidth;
  const left = pixels % width;
  if (pixels === 1) {
    return c`
      ${expandTile(g, patch, '1', expand)}
      ${tile(1)}
    `;
  }
  const four = width === 4 ? expandFour(g, patch, expand) : null;
  const whole = c`
    ${four ?? (left === 0 ? expandTile(g, patch, String(width), expand) : '')}
    ${tile(width)}
  `;
  const rest = c`
    ${four === null ? '' : expandTile(g, patch, String(left), expand)}
    ${tile(left)}
  `;
  return c`
    for (int32_t first = 0; first < ${pixels}; first += ${width}) {
        ${
          left === 0
            ? whole
            : c`
                const int32_t count = first < ${pixels - left} ? ${width} : ${left};
                ${four === null ? expandTile(g, patch, 'count', expand) : ''}
                if (count == ${width}) {
                    ${whole}
                } else {
                    ${rest}
                }
              `
        }
    }
  `;
}

/** A statement that fills the panel with whole words of four pixels side by side; null where the patch is another one. */
function expandFour(g: Geometry, { runs, parameters }: Patch, expand: TileKernel['expand']): string | null {
  const { length } = runs;
  const pointwise = g.kernelHeight * g.kernelWidth === 1 && runs.count === 1 && g.outputWidth === g.width;
  if (!pointwise || g.outputHeight !== 1 || length % 4 !== 0 || parameters.length > 0) return null;
  return `thimble_${expand === 'fold' ? 'fold_four' : 'expand4'}(panel, image + first * ${length}, ${length}, ${length});`;
}

/** Statements that fill the panel with the inputs of `count` pixels from `first` on. */
function expandTile(g: Geometry, patch: Patch, count: string, expand: TileKernel['expand']): string {
  return expandPixels(g, patch, count, {
    start: 'uint32_t *to = panel + p;',
    run: (from, length) => `to = thimble_${expand}(to, ${from}, ${length}, ${count});`,
    word: (inputs) => `to = thimble_${expand}_word(to, thimble_word(${inputs}), ${count});`,
  });
}
