import type { Geometry } from '../geometry.ts';
import { c } from '../quote.ts';
import type { HeliumTable } from '../table.ts';
import { heliumOf } from '../variants.ts';
import type { Accumulation } from './accumulation.ts';
import { repeat } from './product.ts';
import type { PairRequantizer } from './requantize.ts';

/** Channels at a time. */
const LANES = 16;

/** The most that the magnitudes of the weights of two positions have together, for their sum of products to be an int16. */
const MOST_PAIR = 255;

/** A depthwise convolution with Helium, and the table that stands in the place of the weights of others. */
interface HeliumDepthwise {
  readonly table: HeliumTable;
  readonly body: string;
}

/** A depthwise convolution of one output per channel and at most 32 positions; null where weights are too large. See helium.h. */
export function heliumDepthwise(
  g: Geometry,
  accumulation: Accumulation,
  requantizer: PairRequantizer,
  outside: boolean,
): HeliumDepthwise | null {
  const taps = g.kernelHeight * g.kernelWidth;
  const { weightAt, weightsFitInt8 } = accumulation;
  if (!weightsFitInt8 || !pairsFit(g.channels, taps, weightAt)) return null;
  const fields = [
    ...[(requantizer.offset - 1) / 2, g.channels, (g.strideX - 1) * g.channels, taps >> 1, taps % 2],
    ...[g.height, g.width, g.outputHeight, g.outputWidth, g.strideY, g.strideX, g.top, g.left],
    ...[g.kernelHeight, g.kernelWidth, g.dilationY, g.dilationX],
  ];
  const call = (image: string, output: string) =>
    `thimble_helium_depthwise_image(${image}, ${output}, ${outside ? 'zeros' : 'input'}, &layer, thimble_helium_depthwise_${requantizer.style});`;
  const [imageBytes, outputBytes] = [g.height * g.width * g.channels, g.outputHeight * g.outputWidth * g.channels];
  return {
    table: {
      processors: heliumOf[requantizer.processors],
      data: tableOf(g.channels, taps, accumulation),
    },
    body: c`
      const struct thimble_helium_depthwise layer = {
          (const int8_t *)weights, ${fields.join(', ')},
      };
      (void)biases;
      (void)factors;
      ${
        g.batch === 1
          ? call('input', 'output')
          : repeat('n', g.batch, call(`input + n * ${imageBytes}`, `output + n * ${outputBytes}`))
      }
    `,
  };
}

function pairsFit(channels: number, taps: number, weightAt: Accumulation['weightAt']): boolean {
  for (let channel = 0; channel < channels; channel++) {
    for (let tap = 0; tap + 1 < taps; tap += 2) {
      if (Math.abs(weightAt(channel, tap)) + Math.abs(weightAt(channel, tap + 1)) > MOST_PAIR) return false;
    }
  }
  return true;
}

/** For each 16 channels biases, weights, multipliers and shifts as helium.h wants them; channels that are missing have zeros. */
function tableOf(channels: number, taps: number, { rows, weightAt, rounding }: Accumulation): Int8Array {
  const blocks = Math.ceil(channels / LANES);
  const blockBytes = LANES * (12 + taps);
  const data = new Int8Array(blocks * blockBytes);
  const words = new DataView(data.buffer);
  for (let channel = 0; channel < channels; channel++) {
    const [start, lane] = [Math.floor(channel / LANES) * blockBytes, channel % LANES];
    const [vector, word] = [lane % 4, 4 * Math.floor(lane / 4)];
    const { bias, multiplier, shift } = rows[channel] ?? { bias: 0, multiplier: 0, shift: 0 };
    words.setInt32(start + 16 * vector + word, bias, true);
    for (let tap = 0; tap < taps; tap++) data[start + LANES * (4 + tap) + lane] = weightAt(channel, tap);
    const pair = start + LANES * (4 + taps) + 32 * vector + word;
    words.setInt32(pair, multiplier, true);
    words.setInt32(pair + 16, rounding === 'float' ? 0 : -shift, true);
  }
  return data;
}
