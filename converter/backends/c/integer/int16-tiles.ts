import { accumulatorFactors, integerClamp } from '../../../ops/quantized.ts';
import type { Step } from '../../../plan/program.ts';
import { wideMultiplier } from '../../../tensor/requantize.ts';
import type { Convolution } from '../convolution.ts';
import type { CLayer, CParameter } from '../kernel.ts';
import { constantData, inputOf, inputParameter, outputOf, outputParameter, tableParameter } from '../operand.ts';
import { c } from '../quote.ts';
import type { ChannelRow } from '../table.ts';
import { flattened } from './convolution.ts';
import { filledRuns, panelInputs } from './int16-runs.ts';
import { STACK_PANEL_BYTES } from './panel-bytes.ts';

/** Channels that tables are filled up to a multiple of. */
const BLOCK = 4;

/** Pixels at a time, the most first. */
const TILE_WIDTHS = [4, 2, 1] as const;

/** How the sums of an int16 layer become outputs, as int16_tiles.h wants it. */
export interface Int16Sums {
  readonly rows: readonly ChannelRow[];
  /** One for each channel where 32 bits hold every sum and its factor; else null. */
  readonly factors: readonly number[] | null;
  readonly low: number;
  readonly high: number;
}

/**
 * The sums of an int16 layer. The largest magnitude of an input is 2^15, so that no sum of some of the products leaves 32 bits where
 * |bias| + 2^15 * sum |weight| is below 2^31.
 *
 * @param magnitude sum of the magnitudes of all weights of a channel
 */
export function int16Sums(
  step: Step,
  { geometry, clamp }: Convolution,
  magnitude: (channel: number) => number,
): Int16Sums {
  const [input, weights, output] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
  const biases = constantData(inputOf(step, 2));
  const channels = geometry.outputChannels;
  const found = accumulatorFactors(input.type, weights.type, output.type, channels, 'exact');
  const rows = found.map((factor, o) => ({ bias: biases[o] ?? 0, ...wideMultiplier(factor) }));
  const { min: low, max: high } = integerClamp(clamp, output.type);
  const fits = rows.every(({ bias }, o) => Math.abs(bias) + 2 ** 15 * magnitude(o) < 2 ** 31);
  const factors = rows.map(({ multiplier, shift }) => (multiplier === 0 ? 0 : multiplier * 2 ** (32 - shift)));
  const isWhole = rows.every(({ multiplier, shift }) => multiplier === 0 || (shift >= 16 && shift <= 32));
  return { rows, factors: fits && isWhole ? factors : null, low, high };
}

/** The tables of biases and factors, filled up by zeros to a multiple of four channels. */
export function sumParameters(rows: readonly ChannelRow[], factors: readonly number[]): CParameter[] {
  const filled = (numbers: readonly number[]) => [
    ...numbers,
    ...new Array<number>(-numbers.length & (BLOCK - 1)).fill(0),
  ];
  const table = (stem: string, numbers: readonly number[]) =>
    tableParameter(stem, { kind: 'numbers', stem, element: 'int32_t', data: filled(numbers) });
  return [
    table(
      'biases',
      rows.map(({ bias }) => bias),
    ),
    table('factors', factors),
  ];
}

/** The limits as fields of a structure: each twice in a word, and whether they are any. */
export function limitFields({ low, high }: Pick<Int16Sums, 'low' | 'high'>): string {
  const twice = (value: number) => `0x${((value & 0xffff) * 0x10001).toString(16).toUpperCase().padStart(8, '0')}u`;
  return `${twice(low)}, ${twice(high)}, ${low === -32768 && high === 32767 ? 0 : 1}`;
}

/**
 * The layer of a convolution of int16 data without groups through panels of its windows, see int16_panel.h; null where no memory
 * holds one.
 */
export function tiledConvolution(step: Step, convolution: Convolution, spareBytes: number): CLayer | null {
  const { stem, groups, place } = convolution;
  const g = flattened(convolution.geometry);
  if (groups !== 1) return null;
  const data = constantData(inputOf(step, 1));
  const weightAt = (channel: number, tap: number) =>
    data[place(channel, Math.floor(tap / g.channels), tap % g.channels)] ?? 0;
  const runs = filledRuns(g);
  const inputs = panelInputs(g);
  const pixels = g.outputHeight * g.outputWidth;
  const isDirect = g.kernelHeight * g.kernelWidth === 1 && g.top + g.left === 0 && inputs === g.channels;
  const most = Math.max(STACK_PANEL_BYTES, spareBytes);
  const width = TILE_WIDTHS.find((tile) => tile <= pixels && 2 * inputs * tile <= most) ?? (isDirect ? 1 : undefined);
  if (width === undefined) return null;
  const memory = isDirect && width === 1 ? 'none' : 2 * inputs * width <= STACK_PANEL_BYTES ? 'stack' : 'spare';
  const magnitude = (channel: number) =>
    runs.reduce<number>((sum, tap) => sum + (tap === null ? 0 : Math.abs(weightAt(channel, tap))), 0);
  const sums = int16Sums(step, convolution, magnitude);
  const { rows, factors } = sums;
  const fields = [
    ...[width, inputs - runs.length, g.batch, g.height, g.width, g.channels, g.outputHeight, g.outputWidth],
    ...[g.strideY, g.strideX, g.top, g.left, g.kernelHeight, g.kernelWidth, g.dilationY, g.dilationX],
  ];
  const tables = factors === null ? 'NULL, NULL' : 'biases, factors';
  return {
    stem: `${stem}_int16`,
    parameters: [
      inputParameter('input', inputOf(step, 0)),
      outputParameter('output', outputOf(step)),
      weightsParameter(g.outputChannels, inputs, (channel, at) => {
        const tap = runs[at] ?? null;
        return tap === null || channel >= g.outputChannels ? 0 : weightAt(channel, tap);
      }),
      ...(factors === null
        ? [tableParameter('channels', { kind: 'channels', stem: 'channels', rows })]
        : sumParameters(rows, factors)),
      ...(memory === 'spare' ? [{ declaration: 'int16_t *panel', argument: { kind: 'spare' } } as const] : []),
    ],
    body: c`
      ${memory === 'stack' ? `int16_t panel[${inputs * width}] THIMBLE_WORDS;` : ''}
      const struct thimble_int16_layer layer = {
          ${tables}, ${inputs}, ${g.outputChannels}, ${limitFields(sums)},
          ${factors === null ? 'channels' : 'NULL'}, ${fields.join(', ')},
      };
      thimble_int16${factors === null ? '_long' : ''}_convolution(input, output, weights, ${memory === 'none' ? 'NULL' : 'panel'}, &layer);
    `,
    headers: [factors === null ? 'int16_long.h' : 'int16_panel.h'],
  };
}

/** Weights in pairs of channels, and in fours of them for Helium; see int16_tiles.h. */
function weightsParameter(
  outputChannels: number,
  inputs: number,
  weightAt: (channel: number, at: number) => number,
): CParameter {
  const channels = Math.ceil(outputChannels / BLOCK) * BLOCK;
  const data: number[] = [];
  for (let first = 0; first < channels; first += 2) {
    for (let at = 0; at < inputs; at += 4) {
      for (const o of [first, first + 1]) for (const i of [0, 2, 1, 3]) data.push(weightAt(o, at + i));
    }
  }
  const helium: number[] = [];
  for (let first = 0; first < channels; first += BLOCK) {
    for (let at = 0; at < inputs; at += 8) {
      for (let o = first; o < first + BLOCK; o++) for (let i = 0; i < 8; i++) helium.push(weightAt(o, at + i));
    }
  }
  return tableParameter('weights', {
    ...{ kind: 'numbers', stem: 'weights', element: 'int8_t', words: true },
    data: Int8Array.from(data),
    helium: { processors: 'THIMBLE_HELIUM', data: Int8Array.from(helium) },
  });
}
