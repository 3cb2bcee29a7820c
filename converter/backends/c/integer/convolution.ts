import type { Step } from '../../../plan/program.ts';
import type { Convolution } from '../convolution.ts';
import { type Geometry, geometryOf } from '../geometry.ts';
import type { CLayer, KernelContext } from '../kernel.ts';
import { inputOf, inputParameter, outputOf, outputParameter, zeroPointOf } from '../operand.ts';
import { pixelLoops } from '../pixels.ts';
import { c } from '../quote.ts';
import { eitherWay, forHelium } from '../variants.ts';
import { accumulationOf, type IntegerLayer } from './accumulation.ts';
import { type HeliumBody, heliumOnePixel } from './helium.ts';
import { type Panel, panelOf } from './panel.ts';
import { patchOf } from './patch.ts';
import { channelLoops, packWeights, repeat, tapsOf } from './product.ts';
import { requantizerOf } from './requantize.ts';
import { byteTiles, wideWeights } from './wide.ts';

/** The sums of a step whose inputs are data, weights and bias. */
export function convolutionSums(step: Step, context: KernelContext, convolution: Convolution): IntegerLayer {
  const { geometry: g, groups, clamp, place } = convolution;
  const groupChannels = g.channels / groups;
  return {
    input: inputOf(step, 0).type,
    weights: inputOf(step, 1),
    bias: inputOf(step, 2),
    output: outputOf(step).type,
    channels: g.outputChannels,
    taps: g.kernelHeight * g.kernelWidth * groupChannels,
    weightIndex: (channel, tap) => place(channel, Math.floor(tap / groupChannels), tap % groupChannels),
    clamp,
    rounding: context.rounding,
  };
}

/** The layer of an int8 convolution. */
export function integerConvolution(step: Step, context: KernelContext, convolution: Convolution): CLayer {
  const { groups, stem } = convolution;
  const g = flattened(convolution.geometry);
  const [input, output] = [inputOf(step, 0), outputOf(step)];
  const accumulation = accumulationOf(convolutionSums(step, context, convolution), 'correct');
  const patch = patchOf(g, groups, zeroPointOf(input.type));
  const panel = panelOf(g, groups, accumulation, patch, context);
  const requantizer = panel?.requantizer ?? requantizerOf(accumulation);
  const runs = panel?.runs ?? [patch.runs];
  const loops = channelLoops(accumulation, requantizer, g.outputChannels / groups, runs);
  const bytes = packWeights(accumulation, g.outputChannels, groups, panel?.taps ?? tapsOf(patch.runs));
  const isWide = panel !== null && panel.kernel !== byteTiles;
  const weights = isWide ? wideWeights(bytes, accumulation, g.outputChannels, panel.taps, panel.kernel.block) : bytes;
  const portable = c`
    ${patch.before}
    ${panel?.before ?? ''}
    ${pixelLoops(
      g,
      'int8_t',
      c`
        ${patch.find}
        ${panel?.find ?? ''}
        const int8_t *w = weights;
        ${requantizer.start}
        ${groups === 1 ? loops : repeat('group', groups, loops)}
      `,
    )}
  `;
  return {
    stem,
    parameters: [
      inputParameter('input', input),
      outputParameter('output', output),
      weights,
      ...requantizer.parameters,
      ...patch.parameters,
      ...(panel?.parameters ?? []),
    ],
    ...bodyOf(portable, panel, panel === null ? heliumOnePixel(g, groups, accumulation, patch) : null),
  };
}

/** The texts for processors with a panel, or with Helium alone, and for others. */
function bodyOf(portable: string, panel: Panel | null, onePixel: HeliumBody | null): Pick<CLayer, 'body' | 'headers'> {
  if (panel !== null) {
    const { tiles, unused, requantizer, helium } = panel;
    const body = eitherWay(tiles, [...unused, portable].join('\n'), requantizer.processors, helium);
    if (panel.kernel === byteTiles) return { body, headers: ['panel.h', 'helium.h'] };
    const table = 'const int8_t *const weights = (const int8_t *)table;';
    return { body: `${table}\n${body}`, headers: ['panel.h', 'wide.h', 'helium.h'] };
  }
  if (onePixel === null) return { body: portable, headers: ['dot.h'] };
  return { body: forHelium(onePixel.text, portable, onePixel.processors), headers: ['dot.h', 'helium.h'] };
}

/** A 1x1 convolution of stride 1 without padding sees a row of pixels and needs no image. */
export function flattened(g: Geometry): Geometry {
  const { kernelHeight, kernelWidth, strideY, strideX, top, left } = g;
  const pointwise = kernelHeight * kernelWidth * strideY * strideX === 1 && top === 0 && left === 0;
  if (!pointwise || g.outputHeight !== g.height || g.outputWidth !== g.width) return g;
  const pixels = g.batch * g.height * g.width;
  return { ...g, batch: 1, height: 1, outputHeight: 1, width: pixels, outputWidth: pixels };
}

/** The geometry of a matrix product: `rows` rows of `inputs` numbers to rows of `outputs` numbers. */
export function rowsGeometry(rows: number, inputs: number, outputs: number): Geometry {
  return geometryOf([1, 1, rows, inputs], [1, 1, rows, outputs], [1, 1], {
    strides: [1, 1],
    dilations: [1, 1],
    padding: { top: 0, left: 0, bottom: 0, right: 0 },
  });
}
