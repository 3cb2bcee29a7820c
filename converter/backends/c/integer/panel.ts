import { affine, type Geometry } from '../geometry.ts';
import type { CParameter, KernelContext } from '../kernel.ts';
import { c } from '../quote.ts';
import type { Accumulation } from './accumulation.ts';
import { byRows, expandPixels, restAddresses } from './expand.ts';
import { heliumTiles } from './helium.ts';
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
}

/** The panel of a convolution, or null where it does not pay or the numbers do not allow it. */
export function panelOf(
  g: Geometry,
  groups: number,
  accumulation: Accumulation,
  patch: Patch,
  { spareBytes, choice }: Pick<KernelContext, 'spareBytes' | 'choice'>,
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
  const isWide = choice.form === 'words' && requantizer.processors === 'THIMBLE_DSP';
  const kernel = isWide ? wideTiles(pixels) : byteTiles;
  const rests = restAddresses(patch.runs);
  const onStack = spareBytes < groupCount * 8 * width;
  const memory = onStack ? `uint32_t panel[${groupCount * 2 * width}];` : '';
  return {
    requantizer,
    kernel,
    runs,
    taps,
    before: restBytes === 0 ? '' : `int8_t rest[${restBytes}] = {0};`,
    find: rests.map((address, i) => `rest[${i}] = ${address};`).join('\n'),
    tiles: c`
      ${memory}
      ${tileLoops(g, patch, requantizer, width, groupCount, kernel)}
    `,
    helium: heliumTiles({ g, patch, requantizer, inputs: 4 * groupCount, memory }),
    parameters: onStack ? [] : [{ declaration: 'uint32_t *panel', argument: { kind: 'spare' } }],
    unused: [...unusedOf(requantizer), ...(onStack ? [] : ['(void)panel;'])],
  };
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
  { name, block }: TileKernel,
): string {
  const pixels = g.outputHeight * g.outputWidth;
  const channels = g.outputChannels;
  const { uniform, offset, style } = requantizer;
  const output = pixels === 1 ? 'output' : `output + ${affine('first', channels, 0)}`;
  const tile = (count: number) =>
    `thimble_${name(count)}_${style}_${uniform ? 'same' : 'each'}(panel, weights, ${output}, &tile);`;
  return c`
    const struct thimble_tile tile = {
        biases, factors, ${offset}, ${channels}, ${Math.floor(channels / block)}, ${channels % block}, ${groups * 8},
    };
    ${byRows(g, patch) ? '' : patch.before}
    ${
      g.batch === 1
        ? c`
            const int8_t *const image = input;
            ${imageTiles(g, patch, width, tile)}
          `
        : c`
            for (int32_t n = 0; n < ${g.batch}; n++) {
                const int8_t *const image = input + n * ${g.height * g.width * g.channels};
                ${imageTiles(g, patch, width, tile)}
                output += ${pixels * channels};
            }
          `
    }
  `;
}

/** Statements that go over an image tile by tile; the last tile has the pixels that are left. */
function imageTiles(g: Geometry, patch: Patch, width: number, tile: (count: number) => string): string {
  const pixels = g.outputHeight * g.outputWidth;
  const left = pixels % width;
  if (pixels === 1) {
    return c`
      ${expandTile(g, patch, '1')}
      ${tile(1)}
    `;
  }
  const four = width === 4 ? expandFour(g, patch) : null;
  const whole = c`
    ${four ?? (left === 0 ? expandTile(g, patch, String(width)) : '')}
    ${tile(width)}
  `;
  const rest = c`
    ${four === null ? '' : expandTile(g, patch, String(left))}
    ${tile(left)}
  `;
  return c`
    for (int32_t first = 0; first < ${pixels}; first += ${width}) {
        ${
          left === 0
            ? whole
            : c`
                const int32_t count = first < ${pixels - left} ? ${width} : ${left};
                ${four === null ? expandTile(g, patch, 'count') : ''}
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
function expandFour(g: Geometry, { runs, parameters }: Patch): string | null {
  const { length } = runs;
  const pointwise = g.kernelHeight * g.kernelWidth === 1 && runs.count === 1 && g.outputWidth === g.width;
  if (!pointwise || g.outputHeight !== 1 || length % 4 !== 0 || parameters.length > 0) return null;
  return `thimble_expand4(panel, image + first * ${length}, ${length}, ${length});`;
}

/** Statements that fill the panel with the inputs of `count` pixels from `first` on. */
function expandTile(g: Geometry, patch: Patch, count: string): string {
  return expandPixels(g, patch, count, {
    start: 'uint32_t *to = panel + p;',
    run: (from, length) => `to = thimble_expand(to, ${from}, ${length}, ${count});`,
    word: (inputs) => `to = thimble_expand_word(to, thimble_word(${inputs}), ${count});`,
  });
}
