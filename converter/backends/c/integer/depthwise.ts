import type { Step } from '../../../plan/program.ts';
import { affine, type Geometry, insideConditions, neverInside, readsOutside } from '../geometry.ts';
import type { CLayer, CParameter, KernelContext } from '../kernel.ts';
import { inputOf, inputParameter, outputOf, outputParameter, tableParameter, zeroPointOf } from '../operand.ts';
import { pixelLoops } from '../pixels.ts';
import { c } from '../quote.ts';
import { type Accumulation, accumulationOf, type IntegerLayer } from './accumulation.ts';
import { foursOf } from './fours.ts';
import { findTaps, zerosParameter } from './patch.ts';
import { repeat } from './product.ts';
import { type Requantizer, requantizerOf } from './requantize.ts';

/** Kernels with more positions than this are loops over the positions. */
const UNROLLED_TAPS = 32;

/** The layer of an int8 depthwise convolution of more than one input channel. */
export function integerDepthwise(
  step: Step,
  { rounding, spareBytes }: KernelContext,
  g: Geometry,
  clamp: IntegerLayer['clamp'],
): CLayer {
  const [input, weights, bias, output] = [inputOf(step, 0), inputOf(step, 1), inputOf(step, 2), outputOf(step)];
  const taps = g.kernelHeight * g.kernelWidth;
  const channels = g.outputChannels;
  const weightIndex = (channel: number, tap: number) => tap * channels + channel;
  const layer = { input: input.type, weights, bias, output: output.type, channels, taps, weightIndex, clamp, rounding };
  const accumulation = accumulationOf(layer, 'widen');
  const fours = foursOf(step, g, accumulation, spareBytes);
  if (fours !== null) return fours;
  const requantizer = requantizerOf(accumulation);
  const multiplier = channels / g.channels;
  const outside = readsOutside(g);
  const straight = multiplier === 1 && taps <= UNROLLED_TAPS;
  return {
    stem: 'depthwise_conv_2d',
    parameters: [
      inputParameter('input', input),
      outputParameter('output', output),
      weightsParameter(accumulation, channels, taps),
      ...requantizer.parameters,
      ...(outside ? [zerosParameter(g.channels, zeroPointOf(input.type))] : []),
    ],
    body: pixelLoops(
      g,
      'int8_t',
      c`
        const ${weightElement(accumulation)} *w = weights;
        ${requantizer.start}
        ${straight ? unrolled(g, requantizer, outside) : tapLoops(g, requantizer, multiplier)}
      `,
    ),
    headers: ['integer.h'],
  };
}

function weightElement(accumulation: Accumulation): 'int8_t' | 'int16_t' {
  return accumulation.weightsFitInt8 ? 'int8_t' : 'int16_t';
}

/** All positions of channel 0, then of channel 1, and so on. */
function weightsParameter(accumulation: Accumulation, channels: number, taps: number): CParameter {
  const count = channels * taps;
  const data = accumulation.weightsFitInt8 ? new Int8Array(count) : new Int16Array(count);
  for (let i = 0; i < count; i++) data[i] = accumulation.weightAt(Math.floor(i / taps), i % taps);
  return tableParameter('weights', { kind: 'numbers', stem: 'weights', element: weightElement(accumulation), data });
}

/** Positions written out: at fixed distances inside the image, through the table `tap` at its edges. */
function unrolled(g: Geometry, requantizer: Requantizer, outside: boolean): string {
  const offsets = Array.from({ length: g.kernelHeight * g.kernelWidth }, (_, tap) => {
    const [ky, kx] = [Math.floor(tap / g.kernelWidth), tap % g.kernelWidth];
    return (ky * g.dilationY * g.width + kx * g.dilationX) * g.channels;
  });
  const inside = c`
    const int8_t *x = image + (y0 * ${g.width} + x0) * ${g.channels};
    ${channelLoop(
      g.channels,
      offsets.map((offset, tap) => `x[${offset}] * w[${tap}]`),
      requantizer,
      'x++;',
    )}
  `;
  const start = c`
    const int32_t y0 = ${affine('oy', g.strideY, -g.top)};
    const int32_t x0 = ${affine('ox', g.strideX, -g.left)};
  `;
  if (!outside) return `${start}\n${inside}`;
  const edge = c`
    const int8_t *tap[${offsets.length}];
    ${findTaps(g)}
    ${channelLoop(
      g.channels,
      offsets.map((_, tap) => `tap[${tap}][c] * w[${tap}]`),
      requantizer,
      '',
    )}
  `;
  if (neverInside(g)) return edge;
  return c`
    ${start}
    if (${insideConditions(g).join(' && ')}) {
        ${inside}
    } else {
        ${edge}
    }
  `;
}

function channelLoop(channels: number, products: readonly string[], requantizer: Requantizer, advance: string): string {
  return c`
    for (int32_t c = 0; c < ${channels}; c++) {
        int32_t sum = ${requantizer.bias(0)};
        ${products.map((product) => `sum += ${product};`)}
        *output++ = ${requantizer.output('sum', 0)};
        ${advance}
        w += ${products.length};
        ${requantizer.advance(1)}
    }
  `;
}

/** Positions in a loop, several outputs per input channel. */
function tapLoops(g: Geometry, requantizer: Requantizer, multiplier: number): string {
  const taps = g.kernelHeight * g.kernelWidth;
  return c`
    const int8_t *tap[${taps}];
    ${findTaps(g)}
    for (int32_t c = 0; c < ${g.channels}; c++) {
        ${repeat(
          'm',
          multiplier,
          c`
            int32_t sum = ${requantizer.bias(0)};
            for (int32_t i = 0; i < ${taps}; i++) {
                sum += tap[i][c] * w[i];
            }
            *output++ = ${requantizer.output('sum', 0)};
            w += ${taps};
            ${requantizer.advance(1)}
          `,
        )}
    }
  `;
}
