import type { Step } from '../../../plan/program.ts';
import { affine, type Geometry, insideConditions, neverInside, readsOutside } from '../geometry.ts';
import type { CLayer, CParameter } from '../kernel.ts';
import { inputOf, inputParameter, outputOf, outputParameter, tableParameter, zeroPointOf } from '../operand.ts';
import { pixelLoops } from '../pixels.ts';
import { c } from '../quote.ts';
import type { HeliumTable } from '../table.ts';
import { eitherWay } from '../variants.ts';
import type { Accumulation } from './accumulation.ts';
import { bandsOf } from './bands.ts';
import { heliumDepthwise } from './helium-depthwise.ts';
import { unusedOf } from './panel.ts';
import { findTaps, zerosParameter } from './patch.ts';
import { repeat } from './product.ts';
import { type PairRequantizer, pairRequantizerOf } from './requantize.ts';

/** Kernels with more positions than this take the general loops. */
const MOST_TAPS = 32;

/** Largest offset of a load of Armv7E-M. */
const MOST_OFFSET = 4095;

/**
 * A depthwise convolution of one output per input channel, four channels at a time; see depthwise.h. The last four
 * channels may overlap those before, which are computed again. Null where numbers or shapes do not allow it.
 */
export function foursOf(step: Step, g: Geometry, accumulation: Accumulation, spareBytes: number): CLayer | null {
  const requantizer = pairRequantizerOf(accumulation);
  const taps = g.kernelHeight * g.kernelWidth;
  const { channels } = g;
  if (requantizer === null || channels < 4 || channels !== g.outputChannels || taps > MOST_TAPS) return null;
  const [input, output] = [inputOf(step, 0), outputOf(step)];
  const outside = readsOutside(g);
  const helium = heliumDepthwise(g, accumulation, requantizer, outside);
  const weights = helium === null ? 'weights' : '(const int16_t *)weights';
  const zeroPoint = zeroPointOf(input.type);
  const bands = bandsOf(g, accumulation, requantizer, { weights, zeroPoint, spareBytes });
  const unused = [...unusedOf(requantizer), ...(bands?.unused ?? [])];
  const loops = (dsp: boolean) =>
    pixelLoops(
      g,
      'int8_t',
      c`
        const int16_t *w = ${weights};
        ${requantizer.start}
        ${pixel(g, requantizer, dsp)}
      `,
    );
  const onDsp = isThreeByThree(g) ? threeByThree(g, requantizer, outside, weights) : loops(true);
  return {
    stem: 'depthwise_conv_2d',
    parameters: [
      inputParameter('input', input),
      outputParameter('output', output),
      weightsParameter(accumulation, channels, taps, helium?.table),
      ...requantizer.parameters,
      ...(outside ? [zerosParameter(channels, zeroPoint)] : []),
      ...(bands?.parameters ?? []),
    ],
    body: eitherWay(
      bands === null ? onDsp : [...(outside ? ['(void)zeros;'] : []), bands.body].join('\n'),
      [...unused, loops(false)].join('\n'),
      requantizer.processors,
      helium === null ? undefined : [...(bands?.unused ?? []), helium.body].join('\n'),
    ),
    headers: [
      'depthwise.h',
      ...(bands === null ? [] : (['bands.h'] as const)),
      ...(helium === null ? [] : (['helium.h'] as const)),
    ],
  };
}

function isThreeByThree({ kernelHeight, kernelWidth, dilationY, dilationX }: Geometry): boolean {
  return kernelHeight === 3 && kernelWidth === 3 && dilationY === 1 && dilationX === 1;
}

/** The kernel that all layers of 3x3 share. */
function threeByThree(
  g: Geometry,
  { style, uniform, offset }: PairRequantizer,
  outside: boolean,
  weights: string,
): string {
  const run = `thimble_depthwise9_${style}_${uniform ? 'same' : 'each'}`;
  const sizes = [g.height, g.width, g.outputHeight, g.outputWidth, g.strideY, g.strideX, g.top, g.left];
  const call = (image: string, output: string) =>
    `thimble_depthwise3x3(${image}, ${output}, ${outside ? 'zeros' : 'input'}, &layer, ${run});`;
  const [imageBytes, outputBytes] = [g.height * g.width * g.channels, g.outputHeight * g.outputWidth * g.channels];
  return c`
    const struct thimble_depthwise layer = {
        ${weights}, biases, factors, ${offset}, ${g.channels}, ${g.strideX * g.channels},
        ${sizes.join(', ')},
    };
    ${
      g.batch === 1
        ? call('input', 'output')
        : repeat('n', g.batch, call(`input + n * ${imageBytes}`, `output + n * ${outputBytes}`))
    }
  `;
}

/** First channel of each four. */
function foursFrom(channels: number): number[] {
  return Array.from({ length: Math.ceil(channels / 4) }, (_, i) => Math.min(4 * i, channels - 4));
}

/** Fours of channels: pairs of positions of each channel, then, of an odd number, the last position of each. */
function weightsParameter(
  accumulation: Accumulation,
  channels: number,
  taps: number,
  helium: HeliumTable | undefined,
): CParameter {
  const data = foursFrom(channels).flatMap((first) => {
    const lanes = [0, 1, 2, 3].map((i) => first + i);
    const pairs = Array.from({ length: taps >> 1 }, (_, pair) =>
      lanes.flatMap((lane) => [accumulation.weightAt(lane, 2 * pair), accumulation.weightAt(lane, 2 * pair + 1)]),
    );
    return [...pairs.flat(), ...(taps % 2 === 0 ? [] : lanes.map((lane) => accumulation.weightAt(lane, taps - 1)))];
  });
  const table = {
    kind: 'numbers',
    stem: 'weights',
    element: 'int16_t',
    data: Int16Array.from(data),
    words: true,
  } as const;
  if (helium === undefined) return tableParameter('weights', table);
  return { declaration: 'const void *weights', argument: { kind: 'table', table: { ...table, helium } } };
}

/** All channels of one pixel: at fixed distances inside the image, through the table `tap` at its edges. */
function pixel(g: Geometry, requantizer: PairRequantizer, dsp: boolean): string {
  const taps = g.kernelHeight * g.kernelWidth;
  const offsets = Array.from({ length: taps }, (_, tap) => {
    const [ky, kx] = [Math.floor(tap / g.kernelWidth), tap % g.kernelWidth];
    return (ky * g.dilationY * g.width + kx * g.dilationX) * g.channels;
  });
  const near = !dsp || offsets.every((offset) => offset <= MOST_OFFSET);
  const start = c`
    const int32_t y0 = ${affine('oy', g.strideY, -g.top)};
    const int32_t x0 = ${affine('ox', g.strideX, -g.left)};
  `;
  const inside = c`
    const int8_t *x = image + (y0 * ${g.width} + x0) * ${g.channels};
    ${dsp ? foursLoop(g, requantizer, dsp, offsets) : offsets.map((offset, tap) => `tap[${tap}] = x + ${offset};`)}
  `;
  const table = `const int8_t *tap[${taps}];`;
  const edge = dsp ? [table, findTaps(g), foursLoop(g, requantizer, dsp, null)] : [findTaps(g)];
  // Elsewhere than on Armv7E-M both ways end in the same loop: it is long.
  const around = (find: string) => (dsp ? find : [table, find, foursLoop(g, requantizer, dsp, null)].join('\n'));
  if (!readsOutside(g) && near) return around(`${start}\n${inside}`);
  if (neverInside(g) || !near) return around(edge.join('\n'));
  return around(c`
    ${start}
    if (${insideConditions(g).join(' && ')}) {
        ${inside}
    } else {
        ${edge}
    }
  `);
}

/** The fours of a pixel, with positions at `offsets` of `x`, or at `c` of the pointers `tap`. */
function foursLoop(g: Geometry, requantizer: PairRequantizer, dsp: boolean, offsets: readonly number[] | null): string {
  const { channels } = g;
  const taps = g.kernelHeight * g.kernelWidth;
  const over = (4 - (channels % 4)) % 4;
  const back = c`
    if (c > ${channels - 4}) {
        c -= ${over};
        output -= ${over};
        ${offsets === null ? '' : `x -= ${over};`}
        ${requantizer.advance(-over)}
    }
  `;
  return c`
    for (int32_t c = 0; c < ${channels}; c += 4) {
        ${over === 0 ? '' : back}
        ${dsp ? fourDsp(taps, requantizer, offsets) : fourPortable(taps, requantizer, offsets)}
    }
  `;
}

function fourDsp(taps: number, requantizer: PairRequantizer, offsets: readonly number[] | null): string {
  const pairs = Array.from({ length: taps >> 1 }, (_, i) =>
    offsets === null
      ? `THIMBLE_ADD_TAP_PAIR(tap, ${8 * i}, c, w, ${16 * i});`
      : `THIMBLE_ADD_PAIR(x, ${offsets[2 * i]}, ${offsets[2 * i + 1]}, w, ${16 * i});`,
  );
  const last = taps - 1;
  const single =
    offsets === null
      ? `THIMBLE_ADD_TAP(tap, ${4 * last}, c, w, ${8 * last});`
      : `THIMBLE_ADD_SINGLE(x, ${offsets[last]}, w, ${8 * last});`;
  const lanes = [0, 1, 2, 3];
  return c`
    int32_t ${lanes.map((lane) => `s${lane} = ${requantizer.bias(lane)}`).join(', ')};
    ${pairs}
    ${taps % 2 === 0 ? '' : single}
    ${lanes.map((lane) => `output[${lane}] = ${requantizer.pairOutput(`s${lane}`, lane)};`)}
    output += 4;
    ${offsets === null ? '' : 'x += 4;'}
    w += ${4 * taps};
    ${requantizer.advance(4)}
  `;
}

function fourPortable(taps: number, requantizer: PairRequantizer, offsets: readonly number[] | null): string {
  const at = (tap: number) => (offsets === null ? `tap[${tap}] + c` : `x + ${offsets[tap]}`);
  const pairs = Array.from({ length: taps >> 1 }, (_, i) => {
    return `sum = thimble_add_two(sum, ${at(2 * i)}, ${at(2 * i + 1)}, w + ${8 * i});`;
  });
  const single = `sum = thimble_add_one(sum, ${at(taps - 1)}, w + ${4 * (taps - 1)});`;
  const lanes = [0, 1, 2, 3];
  return c`
    struct thimble_four sum = {${lanes.map((lane) => requantizer.bias(lane)).join(', ')}};
    ${pairs}
    ${taps % 2 === 0 ? '' : single}
    ${lanes.map((lane) => `output[${lane}] = ${requantizer.output(`sum.s${lane}`, lane)};`)}
    output += 4;
    ${offsets === null ? '' : 'x += 4;'}
    w += ${4 * taps};
    ${requantizer.advance(4)}
  `;
}
