import { affine, type Geometry } from '../geometry.ts';
import { intLiteral } from '../literal.ts';
import { c } from '../quote.ts';
import type { DspProcessors } from '../variants.ts';
import type { Accumulation } from './accumulation.ts';
import { byRows, expandPixels } from './expand.ts';
import { type Nibbles, nibbleCall, nibbleTiles, plainBlocks } from './nibbles.ts';
import type { Patch } from './patch.ts';
import { repeat } from './product.ts';
import { type PairRequantizer, pairRequantizerOf } from './requantize.ts';

/** A convolution that Helium computes in tiles of two pixels. */
interface HeliumTiles {
  readonly g: Geometry;
  readonly patch: Patch;
  readonly requantizer: PairRequantizer;
  /** Inputs of a pixel with what fills them up to a multiple of 4. */
  readonly inputs: number;
  /** Declaration of the panel, with room for the inputs of two pixels, where it is on the stack. */
  readonly memory: string;
  readonly nibbles: Nibbles | null;
}

/**
 * The body of a convolution with Helium: inputs of two pixels are put together in the panel, which is then multiplied with all
 * weights; see helium.h. The inputs of the only pixel are read where they lie, if they lie in one piece.
 */
export function heliumTiles({ g, patch, requantizer, inputs, memory, nibbles }: HeliumTiles): string {
  const [pixels, channels] = [g.outputHeight * g.outputWidth, g.outputChannels];
  if (pixels === 1 && isOnePiece(patch)) {
    return onePiece(g, patch, requantizer, memory === '' ? '(void)panel;' : '', nibbles);
  }
  const expand = (count: string) =>
    expandPixels(g, patch, count, {
      start: pixels === 1 ? 'int8_t *to = (int8_t *)panel;' : `int8_t *to = (int8_t *)panel + p * ${inputs};`,
      run: (from, length) => `to = thimble_helium_copy(to, ${from}, ${length});`,
      word: (four) => `to = thimble_helium_word(to, ${four});`,
    });
  const output = pixels === 1 ? 'output' : `output + ${affine('first', channels, 0)}`;
  const tile = (width: 1 | 2) => tileCall(width, requantizer, '(const int8_t *)panel', output, nibbles);
  const pairs = c`
    for (int32_t first = 0; first < ${pixels}; first += 2) {
        ${
          pixels % 2 === 0
            ? [expand('2'), tile(2)]
            : c`
                const int32_t count = first < ${pixels - 1} ? 2 : 1;
                ${expand('count')}
                if (count == 2) {
                    ${tile(2)}
                } else {
                    ${tile(1)}
                }
              `
        }
    }
  `;
  const tiles = pixels === 1 ? [expand('1'), tile(1)].join('\n') : pairs;
  return c`
    ${memory}
    ${tileStructure(g, requantizer, inputs, nibbles)}
    ${byRows(g, patch) ? '' : patch.before}
    ${batches(g, tiles)}
  `;
}

/** A text for those of `processors` that have Helium. */
export interface HeliumBody {
  readonly text: string;
  readonly processors: DspProcessors;
}

/**
 * The body of a convolution of one pixel that has no panel, or null where Helium would need one or the numbers do not allow it.
 * Its factors stand in the body.
 */
export function heliumOnePixel(
  g: Geometry,
  groups: number,
  accumulation: Accumulation,
  patch: Patch,
): HeliumBody | null {
  const requantizer = pairRequantizerOf(accumulation);
  if (requantizer === null || !requantizer.uniform || groups !== 1 || accumulation.weightZeroPoint !== 0) return null;
  if (g.outputHeight * g.outputWidth !== 1 || !isOnePiece(patch)) return null;
  const factors = `static const int32_t factors[2] = {${requantizer.pairs.map(intLiteral).join(', ')}};`;
  return { text: onePiece(g, patch, requantizer, factors, null), processors: requantizer.processors };
}

/** Whether the inputs of a pixel lie side by side, in fours. */
function isOnePiece({ runs, parameters, before }: Patch): boolean {
  return runs.count === 1 && runs.length % 4 === 0 && parameters.length === 0 && before === '';
}

function onePiece(
  g: Geometry,
  patch: Patch,
  requantizer: PairRequantizer,
  start: string,
  nibbles: Nibbles | null,
): string {
  return c`
    ${start}
    ${tileStructure(g, requantizer, patch.runs.length, nibbles)}
    ${batches(
      g,
      c`
        ${patch.find}
        ${tileCall(1, requantizer, patch.runs.address('0'), 'output', nibbles)}
      `,
    )}
  `;
}

function tileStructure(g: Geometry, requantizer: PairRequantizer, inputs: number, nibbles: Nibbles | null): string {
  const { offset, uniform } = requantizer;
  const { outputChannels: channels } = g;
  const [blocks, singles] = [nibbles?.blocks ?? Math.floor(channels / 4), nibbles?.singles ?? channels % 4];
  return c`
    ${nibbles === null ? '' : nibbleTiles(nibbles, { ...plainBlocks, uniform })}
    const struct thimble_helium tile = {
        biases, factors, ${(offset - 1) / 2}, ${channels}, ${blocks}, ${singles}, ${inputs},
    };
  `;
}

function tileCall(
  width: 1 | 2,
  { style, uniform }: PairRequantizer,
  inputs: string,
  output: string,
  nibbles: Nibbles | null,
): string {
  const run = `thimble_helium${width}_${style}_${uniform ? 'same' : 'each'}`;
  return nibbles === null ? `${run}(${inputs}, weights, ${output}, &tile);` : nibbleCall(run, inputs, output);
}

function batches(g: Geometry, tiles: string): string {
  if (g.batch === 1) return `const int8_t *const image = input;\n${tiles}`;
  return repeat(
    'n',
    g.batch,
    c`
      const int8_t *const image = input + n * ${g.height * g.width * g.channels};
      ${tiles}
      output += ${g.outputHeight * g.outputWidth * g.outputChannels};
    `,
  );
}
