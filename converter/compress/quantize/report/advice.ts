import type { QuantizedGraph } from '../quantize-graph.ts';
import type { OutputReport } from './outputs.ts';
import type { TensorError } from './tensor-errors.ts';
import { badSpread, poorDb, worstFirst } from './worst-first.ts';

/** Fewer samples than this leave ranges to chance. */
const fewSamples = 50;

/** What would help next, in order of what it is likely to gain. Layers and options by their names. */
export function adviceFor(
  quantized: QuantizedGraph,
  errors: readonly TensorError[],
  outputs: OutputReport,
  sampleCount: number,
): readonly string[] {
  const worst = worstFirst(errors).filter(({ layer }) => layer !== null);
  const named = worst.filter(({ feltDb }) => feltDb < poorDb).slice(0, 3);
  const isBalanced = quantized.prepared.equalized.length > 0;
  const uneven = worst.filter(({ feltDb, channelSpread }) => feltDb < poorDb && channelSpread >= badSpread);
  const clipped = errors.filter(
    ({ saturated, type }) => saturated > 0.02 && type.dtype === 'int8' && !isRectified(type),
  );
  return [
    ...(outputs.agreement.value >= 0.995 ? ['nothing is needed: the outputs agree'] : []),
    ...(sampleCount < fewSamples ? [`more samples: ${sampleCount} leave the ranges to chance, some 100 do`] : []),
    ...(uneven.length > 0 && !isBalanced
      ? [
          `equalization, by leaving --no-remedies out: channels of ${uneven.length} tensors differ ${badSpread}-fold and more, the worst ${uneven[0]?.layer ?? ''}`,
        ]
      : []),
    ...named.map(
      ({ name, feltDb, channelSpread }) =>
        `--layer ${JSON.stringify(`${name}=int16`)}: rounding this layer alone leaves its readers ${feltDb.toFixed(1)} dB` +
        (channelSpread >= badSpread ? `, its channels differ ${Math.round(channelSpread)}-fold in range` : ''),
    ),
    ...(clipped.length === 0
      ? []
      : [`--ranges min-max: ${clipped.length} tensors are clipped in more than 2 % of their values`]),
    ...(quantized.keptReal.length === 0
      ? []
      : [`${quantized.keptReal.length} layers stay real; see why above, and whether the model can do without them`]),
  ];
}

/** Values of a ReLU are at the lower end of the range whenever they are 0. */
function isRectified({ quantization }: TensorError['type']): boolean {
  return quantization.kind === 'per-tensor' && quantization.zeroPoint === -128;
}
