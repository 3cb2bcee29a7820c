import type { Step } from '../../../plan/program.ts';
import type { Convolution } from '../convolution.ts';
import { type Geometry, readsOutside } from '../geometry.ts';
import type { CLayer, CParameter } from '../kernel.ts';
import { constantData, inputOf, inputParameter, outputOf, outputParameter, tableParameter } from '../operand.ts';
import { c } from '../quote.ts';
import { type Int16Sums, int16Sums, limitFields } from './int16-tiles.ts';

/** Kernels with more positions than this take the general loops. */
const MOST_TAPS = 32;

/** Channels whose numbers stand together in the table, and in that for Helium. */
const [FOUR, EIGHT] = [4, 8];

/**
 * A depthwise convolution of int16 data of one output per channel, see int16_depthwise.h; null where that does not fit, or 32 bits do
 * not hold the sums.
 */
export function int16Depthwise(step: Step, convolution: Convolution): CLayer | null {
  const { geometry: g, groups, stem, place } = convolution;
  const taps = g.kernelHeight * g.kernelWidth;
  if (groups !== g.channels || g.channels !== g.outputChannels || g.channels === 1 || taps > MOST_TAPS) return null;
  const data = constantData(inputOf(step, 1));
  const weightAt = (channel: number, tap: number) => data[place(channel, tap, 0)] ?? 0;
  const all = Array.from({ length: taps }, (_, tap) => tap);
  const sums = int16Sums(step, convolution, (channel) =>
    all.reduce((sum, tap) => sum + Math.abs(weightAt(channel, tap)), 0),
  );
  const { factors } = sums;
  if (factors === null) return null;
  const outside = readsOutside(g);
  const fields = [
    ...[g.batch, g.height, g.width, g.outputHeight, g.outputWidth, g.strideY, g.strideX, g.top, g.left],
    ...[g.kernelHeight, g.kernelWidth, g.dilationY, g.dilationX],
  ];
  return {
    stem: `${stem}_int16`,
    parameters: [
      inputParameter('input', inputOf(step, 0)),
      outputParameter('output', outputOf(step)),
      numbersParameter(g.channels, taps, sums, factors, weightAt),
      ...(outside ? [zerosParameter(g)] : []),
    ],
    body: c`
      const struct thimble_int16_depthwise layer = {
          weights, ${g.channels}, ${2 * (g.strideX - 1) * g.channels}, ${taps}, ${limitFields(sums)}, ${fields.join(', ')},
      };
      thimble_int16_depthwise_images(input, output, ${outside ? 'zeros' : 'input'}, &layer);
    `,
    headers: ['int16_depthwise.h'],
  };
}

function zerosParameter({ channels }: Geometry): CParameter {
  const data = new Int16Array(channels);
  return tableParameter('zeros', { kind: 'numbers', stem: 'zeros', element: 'int16_t', data });
}

/** The table of all numbers; see int16_depthwise.h. */
function numbersParameter(
  channels: number,
  taps: number,
  { rows }: Int16Sums,
  factors: readonly number[],
  weightAt: (channel: number, tap: number) => number,
): CParameter {
  const biasOf = (channel: number) => rows[channel]?.bias ?? 0;
  const factorOf = (channel: number) => factors[channel] ?? 0;
  const weightOf = (channel: number, tap: number) => (channel < channels ? weightAt(channel, tap) : 0);
  const words: number[] = [];
  for (let first = 0; first < channels; first += FOUR) {
    const four = [0, 1, 2, 3].map((i) => first + i);
    words.push(...four.map(biasOf));
    for (let tap = 0; tap < taps; tap++) {
      for (const low of [first, first + 2]) {
        words.push((weightOf(low, tap) & 0xffff) | (weightOf(low + 1, tap) << 16));
      }
    }
    words.push(...four.map(factorOf));
  }
  const bytes = new Int8Array(Math.ceil(channels / EIGHT) * EIGHT * (8 + taps));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const put = (numbers: readonly number[]) => {
    for (const number of numbers) {
      view.setInt32(at, number, true);
      at += 4;
    }
  };
  for (let first = 0; first < channels; first += EIGHT) {
    const apart = [0, 2, 4, 6, 1, 3, 5, 7].map((i) => first + i);
    put(apart.map(biasOf));
    for (let tap = 0; tap < taps; tap++) {
      for (let channel = first; channel < first + EIGHT; channel++) bytes[at++] = weightOf(channel, tap);
    }
    put(apart.map(factorOf));
  }
  const table = {
    ...({ kind: 'numbers', stem: 'weights', element: 'int32_t', words: true } as const),
    data: Int32Array.from(words),
    helium: { processors: 'THIMBLE_HELIUM', data: bytes } as const,
  };
  return { declaration: 'const void *weights', argument: { kind: 'table', table } };
}
