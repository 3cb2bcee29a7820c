import type { Step } from '../../../plan/program.ts';
import { type Geometry, readsOutside } from '../geometry.ts';
import type { CLayer, CParameter } from '../kernel.ts';
import { inputOf, inputParameter, outputOf, outputParameter, tableParameter, zeroPointOf } from '../operand.ts';
import { c } from '../quote.ts';
import type { ChannelRow } from '../table.ts';
import type { Accumulation } from './accumulation.ts';
import { zerosParameter } from './patch.ts';

/** Output channels of a convolution that are summed at a time. */
const BLOCK = 4;

/** Most positions of a window: `THIMBLE_SMALL_TAPS`. */
const MOST_POSITIONS = 64;

/** A convolution or matrix product by the one kernel of small.h; null where its numbers do not fit. */
export function smallConvolution(step: Step, g: Geometry, groups: number, accumulation: Accumulation): CLayer | null {
  if (groups !== 1) return null;
  const taps = g.kernelHeight * g.kernelWidth * g.channels;
  return smallLayer('convolution', step, g, accumulation, () => {
    const data = new Int8Array(BLOCK * Math.ceil(g.outputChannels / BLOCK) * taps);
    for (let channel = 0; channel < g.outputChannels; channel++) {
      const start = (channel - (channel % BLOCK)) * taps + (channel % BLOCK);
      for (let tap = 0; tap < taps; tap++) data[start + BLOCK * tap] = accumulation.weightAt(channel, tap);
    }
    return weightsParameter(data);
  });
}

/** A depthwise convolution of one output per channel by the one kernel of small.h; null where its numbers do not fit. */
export function smallDepthwise(step: Step, g: Geometry, accumulation: Accumulation): CLayer | null {
  if (g.channels !== g.outputChannels) return null;
  const taps = g.kernelHeight * g.kernelWidth;
  return smallLayer('depthwise', step, g, accumulation, () => {
    const data = new Int8Array(taps * g.channels);
    for (let i = 0; i < data.length; i++) data[i] = accumulation.weightAt(Math.floor(i / taps), i % taps);
    return weightsParameter(data);
  });
}

function weightsParameter(data: Int8Array): CParameter {
  return tableParameter('weights', { kind: 'numbers', stem: 'weights', element: 'int8_t', data });
}

function smallLayer(
  kind: 'convolution' | 'depthwise',
  step: Step,
  g: Geometry,
  accumulation: Accumulation,
  weights: () => CParameter,
): CLayer | null {
  const { rows, weightZeroPoint, weightsFitInt8, rounding } = accumulation;
  const isUniform = rows.every((row) => row.multiplier === rows[0]?.multiplier && row.shift === rows[0]?.shift);
  const shape = shapeOf(g, accumulation, isUniform);
  const biases = rows.map(({ bias }) => bias);
  while (kind === 'convolution' && biases.length % BLOCK !== 0) biases.push(0);
  const [input, output] = [inputOf(step, 0), outputOf(step)];
  if (weightZeroPoint !== 0 || !weightsFitInt8 || shape.some((value) => Math.abs(value) > 32767)) return null;
  if (g.kernelHeight * g.kernelWidth > MOST_POSITIONS) return null;
  const zeros = readsOutside(g)
    ? zerosParameter(g.channels, zeroPointOf(input.type))
    : { ...inputParameter('zeros', input), declaration: 'const int8_t *zeros' };
  return {
    stem: kind,
    parameters: [
      inputParameter('input', input),
      outputParameter('output', output),
      weights(),
      tableParameter('biases', {
        kind: 'numbers',
        stem: 'biases',
        element: 'int32_t',
        data: biases,
      }),
      tableParameter('factors', {
        kind: 'numbers',
        stem: 'factors',
        element: 'int32_t',
        data: pairsOf(rows, isUniform),
      }),
      zeros,
      tableParameter('shape', { kind: 'numbers', stem: 'shape', element: 'int16_t', data: shape }),
    ],
    body: c`
      const struct thimble_small layer = {weights, biases, factors, zeros, shape};
      thimble_small_${kind}_${rounding}(input, output, &layer);
    `,
    headers: ['small.h'],
    form: 'small',
  };
}

/** Multiplier and shift of each channel, or once where all have the same. */
function pairsOf(rows: readonly ChannelRow[], isUniform: boolean): number[] {
  return (isUniform ? rows.slice(0, 1) : rows).flatMap(({ multiplier, shift }) => [multiplier, shift]);
}

/** The numbers of a layer in the order of small.h. */
function shapeOf(g: Geometry, { zeroPoint, low, high }: Accumulation, isUniform: boolean): number[] {
  return [
    ...[g.batch, g.height, g.width, g.channels, g.outputHeight, g.outputWidth, g.outputChannels],
    ...[g.kernelHeight, g.kernelWidth, g.strideY, g.strideX, g.dilationY, g.dilationX, g.top, g.left],
    ...[zeroPoint, low, high, isUniform ? 0 : 2],
  ];
}
