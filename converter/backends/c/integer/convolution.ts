import type { Step } from '../../../plan/program.ts';
import type { Convolution } from '../convolution.ts';
import { type Geometry, geometryOf } from '../geometry.ts';
import type { CLayer, CParameter, KernelContext } from '../kernel.ts';
import { inputOf, inputParameter, outputOf, outputParameter, zeroPointOf } from '../operand.ts';
import { pixelLoops } from '../pixels.ts';
import { c } from '../quote.ts';
import { eitherWay, forHelium } from '../variants.ts';
import { type Accumulation, accumulationOf, type IntegerLayer } from './accumulation.ts';
import { foldedTables } from './folded.ts';
import { type HeliumBody, heliumOnePixel } from './helium.ts';
import { type Nibbles, nibblesOf } from './nibbles.ts';
import { type Panel, panelOf } from './panel.ts';
import { type Patch, patchOf } from './patch.ts';
import { channelLoops, packWeights, repeat, tapsOf } from './product.ts';
import { requantizerOf } from './requantize.ts';
import { smallConvolution } from './small.ts';
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
  const zeroPoint = zeroPointOf(input.type);
  const patch = patchOf(g, groups, zeroPoint);
  const nibbles = nibblesOf(step, groups, g.outputChannels, accumulation, patch);
  if (nibbles !== null) return nibbleConvolution(step, context, stem, { g, accumulation, patch, nibbles });
  const small = context.choice.form === 'small' ? smallConvolution(step, g, groups, accumulation) : null;
  if (small !== null) return small;
  const panel = panelOf(g, groups, accumulation, patch, { ...context, zeroPoint });
  const requantizer = panel?.requantizer ?? requantizerOf(accumulation);
  const runs = panel?.runs ?? [patch.runs];
  const loops = channelLoops(accumulation, requantizer, g.outputChannels / groups, runs);
  const bytes = packWeights(accumulation, g.outputChannels, groups, panel?.taps ?? tapsOf(patch.runs));
  const [weights, ...tables] = tablesOf(panel, accumulation, g.outputChannels, [bytes, ...requantizer.parameters]);
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
      ...tables,
      ...patch.parameters,
      ...(panel?.parameters ?? []),
    ],
    ...bodyOf(portable, panel, panel === null ? heliumOnePixel(g, groups, accumulation, patch) : null),
  };
}

/** What a layer with weights of 4 bits is made of. */
interface NibbleLayer {
  readonly g: Geometry;
  readonly accumulation: Accumulation;
  readonly patch: Patch;
  readonly nibbles: Nibbles;
}

/** The layer of a convolution with weights of 4 bits: a block of channels is expanded for each pixel, or each tile of pixels. */
function nibbleConvolution(
  step: Step,
  context: KernelContext,
  stem: string,
  { g, accumulation, patch, nibbles }: NibbleLayer,
): CLayer {
  const [input, output] = [inputOf(step, 0), outputOf(step)];
  const panel = panelOf(g, 1, accumulation, patch, { ...context, zeroPoint: zeroPointOf(input.type) }, nibbles);
  const requantizer = panel?.requantizer ?? requantizerOf(accumulation);
  const made = (name: string) => c`
    next = thimble_nibbles_${name}(&nibbles, next);
    const int8_t *w = (const int8_t *)expanded;
  `;
  const loops = channelLoops(accumulation, requantizer, g.outputChannels, [patch.runs], {
    ...{ four: made('four'), one: made('one'), blocks: nibbles.blocks },
  });
  const portable = c`
    ${nibbles.memory}
    const struct thimble_nibbles nibbles = ${nibbles.layer};
    ${patch.before}
    ${pixelLoops(
      g,
      'int8_t',
      c`
        ${patch.find}
        const uint8_t *next = weights;
        ${requantizer.start}
        ${loops}
      `,
    )}
  `;
  const parameters = [
    inputParameter('input', input),
    outputParameter('output', output),
    nibbles.weights,
    ...nibbleTables(requantizer.parameters, panel, accumulation, g.outputChannels, nibbles),
    ...patch.parameters,
    ...(panel?.parameters ?? []),
  ];
  if (panel === null) return { stem, parameters, body: portable, headers: ['nibbles.h'] };
  const body = eitherWay(
    panel.tiles,
    [...panel.unused, portable].join('\n'),
    panel.requantizer.processors,
    panel.helium,
  );
  return { stem, parameters, body, headers: ['nibbles.h'] };
}

/** The tables of the requantizer, biases first: folded tiles want others. */
function nibbleTables(
  tables: readonly CParameter[],
  panel: Panel | null,
  accumulation: Accumulation,
  channels: number,
  { weights }: Nibbles,
): readonly CParameter[] {
  const [biases, ...others] = tables;
  if (panel === null || panel.kernel.expand !== 'fold' || biases === undefined) return tables;
  const [, folded] = foldedTables([weights, biases], accumulation, channels, panel.taps, panel.kernel.block);
  return [folded, ...others];
}

/** The weights and the tables of the requantizer, biases first, as the tiles of a panel want them. */
function tablesOf(
  panel: Panel | null,
  accumulation: Accumulation,
  channels: number,
  [weights, ...tables]: readonly [CParameter, ...CParameter[]],
): readonly [CParameter, ...CParameter[]] {
  const [biases, ...others] = tables;
  if (panel === null || panel.kernel === byteTiles || biases === undefined) return [weights, ...tables];
  const { kernel, taps } = panel;
  if (kernel.expand === 'fold') {
    return [...foldedTables([weights, biases], accumulation, channels, taps, kernel.block), ...others];
  }
  return [wideWeights(weights, accumulation, channels, taps, kernel.block), ...tables];
}

/** The texts for processors with a panel, or with Helium alone, and for others. */
function bodyOf(
  portable: string,
  panel: Panel | null,
  onePixel: HeliumBody | null,
): Pick<CLayer, 'body' | 'headers' | 'form' | 'tileUse'> {
  if (panel !== null) {
    const { tiles, unused, requantizer, helium, tileUse } = panel;
    const body = eitherWay(tiles, [...unused, portable].join('\n'), requantizer.processors, helium);
    const gather = panel.gathers ? (['gather.h'] as const) : [];
    if (panel.kernel === byteTiles) return { body, headers: ['panel.h', ...gather, 'helium.h'], tileUse };
    if (panel.kernel.expand === 'fold') {
      return { body, headers: ['panel.h', ...gather, 'folded.h', 'helium.h'], tileUse };
    }
    const table = 'const int8_t *const weights = (const int8_t *)table;';
    const headers = ['panel.h', ...gather, 'wide.h', 'helium.h'] as const;
    return { body: `${table}\n${body}`, headers, tileUse, form: 'words' };
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
