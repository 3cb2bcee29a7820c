import { affine, type Geometry, insideConditions, neverInside } from '../geometry.ts';
import type { CParameter } from '../kernel.ts';
import { c } from '../quote.ts';
import type { Accumulation } from './accumulation.ts';
import { STACK_PANEL_BYTES, TILE_WIDTHS, tilePanelBytes } from './panel-bytes.ts';
import type { Patch } from './patch.ts';
import { NO_TAP, type Runs, repeat, tapsOf } from './product.ts';
import { type PairRequantizer, pairRequantizerOf } from './requantize.ts';

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
  /** The body of the layer function. */
  readonly tiles: string;
  /** The memory of the panel, where it is not on the stack. */
  readonly parameters: readonly CParameter[];
  /** Statements that use what only the tiles need. */
  readonly unused: readonly string[];
}

/** The panel of a convolution, or null where it does not pay or the numbers do not allow it. */
export function panelOf(
  g: Geometry,
  groups: number,
  accumulation: Accumulation,
  patch: Patch,
  spareBytes: number,
): Panel | null {
  const requantizer = pairRequantizerOf(accumulation);
  if (requantizer === null || groups !== 1 || accumulation.weightZeroPoint !== 0) return null;
  const { runs, taps, restBytes } = inWords(patch.runs);
  const groupCount = runs.reduce((sum, { count, length }) => sum + (count * length) / 4, 0);
  const pixels = g.outputHeight * g.outputWidth;
  const most = Math.max(STACK_PANEL_BYTES, spareBytes);
  const pays = (tile: number) => tile > 1 || groupCount * 4 * g.outputChannels >= SINGLE_MACS;
  const width = TILE_WIDTHS.find(
    (tile) => tile <= pixels && pays(tile) && tilePanelBytes(4 * groupCount, tile) <= most,
  );
  if (width === undefined) return null;
  const rests = restAddresses(patch.runs);
  const onStack = spareBytes < groupCount * 8 * width;
  return {
    requantizer,
    runs,
    taps,
    before: restBytes === 0 ? '' : `int8_t rest[${restBytes}] = {0};`,
    find: rests.map((address, i) => `rest[${i}] = ${address};`).join('\n'),
    tiles: c`
      ${onStack ? `uint32_t panel[${groupCount * 2 * width}];` : ''}
      ${tileLoops(g, patch, requantizer, width, groupCount)}
    `,
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

/** The inputs left over of each run, as C expressions. */
function restAddresses(runs: Runs): string[] {
  const whole = runs.length - (runs.length % 4);
  return Array.from({ length: runs.count * (runs.length % 4) }, (_, i) => {
    const [run, at] = [Math.floor(i / (runs.length % 4)), whole + (i % (runs.length % 4))];
    return `(${runs.address(String(run))})[${at}]`;
  });
}

function tileLoops(g: Geometry, patch: Patch, requantizer: PairRequantizer, width: number, groups: number): string {
  const pixels = g.outputHeight * g.outputWidth;
  const channels = g.outputChannels;
  const { uniform, offset, style } = requantizer;
  const output = pixels === 1 ? 'output' : `output + ${affine('first', channels, 0)}`;
  const tile = (count: number) =>
    `thimble_tile${count}_${style}_${uniform ? 'same' : 'each'}(panel, weights, ${output}, &tile);`;
  return c`
    const struct thimble_tile tile = {
        biases, factors, ${offset}, ${channels}, ${Math.floor(channels / 4)}, ${channels % 4}, ${groups * 8},
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
      ${expandPixels(g, patch, '1')}
      ${tile(1)}
    `;
  }
  const four = width === 4 ? expandFour(g, patch) : null;
  const whole = c`
    ${four ?? (left === 0 ? expandPixels(g, patch, String(width)) : '')}
    ${tile(width)}
  `;
  const rest = c`
    ${four === null ? '' : expandPixels(g, patch, String(left))}
    ${tile(left)}
  `;
  return c`
    for (int32_t first = 0; first < ${pixels}; first += ${width}) {
        ${
          left === 0
            ? whole
            : c`
                const int32_t count = first < ${pixels - left} ? ${width} : ${left};
                ${four === null ? expandPixels(g, patch, 'count') : ''}
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
function expandPixels(g: Geometry, patch: Patch, count: string): string {
  const { runs } = patch;
  const whole = runs.length - (runs.length % 4);
  const expand = (index: string) => `to = thimble_expand(to, ${runs.address(index)}, ${whole}, ${count});`;
  const rests = restAddresses(runs);
  while (rests.length % 4 !== 0) rests.push('0');
  const words = Array.from({ length: rests.length / 4 }, (_, i) => rests.slice(4 * i, 4 * i + 4).join(', '));
  const rows = byRows(g, patch);
  const find = c`
    uint32_t *to = panel + p;
    ${rows ? expandRows(g, count) : patch.find}
    ${whole === 0 || rows ? '' : runs.count === 1 ? expand('0') : repeat('run', runs.count, expand('run'))}
    ${words.map((word) => `to = thimble_expand_word(to, thimble_word(${word}), ${count});`)}
  `;
  const isOne = g.outputHeight * g.outputWidth === 1;
  const [oy, ox] =
    g.outputHeight === 1
      ? ['0', isOne ? '0' : 'first + p']
      : [`(first + p) / ${g.outputWidth}`, `(first + p) % ${g.outputWidth}`];
  return c`
    for (int32_t p = 0; p < ${count}; p++) {
        ${/\boy\b/.test(find) ? `const int32_t oy = ${oy};` : ''}
        ${/\box\b/.test(find) ? `const int32_t ox = ${ox};` : ''}
        ${find}
    }
  `;
}

/** Whether a patch that is read position by position has whole image rows where it lies inside the image. */
function byRows(g: Geometry, { parameters, runs }: Patch): boolean {
  return parameters.length > 0 && g.dilationX === 1 && runs.length % 4 === 0 && !neverInside(g);
}

/** Statements that expand the patch of a pixel: image rows inside the image, position by position across its edges. */
function expandRows(g: Geometry, count: string): string {
  const row = g.kernelWidth * g.channels;
  return c`
    const int32_t y0 = ${affine('oy', g.strideY, -g.top)};
    const int32_t x0 = ${affine('ox', g.strideX, -g.left)};
    if (${insideConditions(g).join(' && ')}) {
        const int8_t *x = image + (y0 * ${g.width} + x0) * ${g.channels};
        for (int32_t ky = 0; ky < ${g.kernelHeight}; ky++) {
            to = thimble_expand(to, x, ${row}, ${count});
            x += ${g.dilationY * g.width * g.channels};
        }
    } else {
        for (int32_t ky = 0; ky < ${g.kernelHeight}; ky++) {
            const int32_t y = y0 + ${affine('ky', g.dilationY, 0)};
            for (int32_t x = x0; x < x0 + ${g.kernelWidth}; x++) {
                const int8_t *const from =
                    y < 0 || y >= ${g.height} || x < 0 || x >= ${g.width} ? zeros : image + (y * ${g.width} + x) * ${g.channels};
                to = thimble_expand(to, from, ${g.channels}, ${count});
            }
        }
    }
  `;
}
