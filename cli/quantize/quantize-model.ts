import type { NumberFormat } from '../../converter/compress/quantize/format.ts';
import { type QuantizedGraph, quantizeGraph } from '../../converter/compress/quantize/quantize-graph.ts';
import { optimizeGraph } from '../../converter/pipeline.ts';
import { fail } from '../input/file.ts';
import { type CommandIo, progressOn } from '../io.ts';
import type { LoadedModel } from '../model-file.ts';
import { readOptionsFrom } from '../options/input.ts';
import { givenSamples, type QuantizeArguments, quantizeOptionsFrom } from '../options/quantize.ts';
import { UsageError } from '../usage.ts';
import { fastExecutor } from './executor.ts';
import { rememberSamples } from './remember.ts';
import { type NamedSample, openSamples } from './samples.ts';

/** The model on integers, and how it came about. */
export interface QuantizedModel {
  readonly model: LoadedModel;
  readonly quantized: QuantizedGraph;
  /** Those of the calibration. */
  readonly samples: readonly NamedSample[];
  /** The others; empty where all served for calibration. */
  readonly rest: readonly NamedSample[];
}

/** Quantizes the model by the samples of the command line. Throws ProblemError and UsageError. */
export function quantizeModel(
  model: LoadedModel,
  args: QuantizeArguments,
  format: NumberFormat,
  io: CommandIo,
): QuantizedModel {
  if (model.unrounded !== null) {
    throw new UsageError(
      '--weights has no meaning for a model that is quantized',
      'leave the option out: the weights become int8',
    );
  }
  const options = quantizeOptionsFrom(args, format);
  const all = rememberSamples(openSamples(model.graph, givenSamples(args), readOptionsFrom(args), io));
  const { samples, rest } = splitSamples(all, args.calibrate ?? null);
  const progress = progressOn(io, 'calibrating');
  try {
    const quantized = quantizeGraph(
      model.graph,
      samples.map(({ load }) => load),
      fastExecutor,
      options,
      (_, done, total) => progress.update(done, total),
    );
    const { graph } = optimizeGraph(quantized.graph);
    return { model: { ...model, imported: quantized.graph, graph }, quantized, samples, rest };
  } finally {
    progress.clear();
  }
}

/** `count` samples at even distances, and the others; all and none where no count is given. Throws ProblemError. */
export function splitSamples(
  all: readonly NamedSample[],
  count: number | null,
): { readonly samples: readonly NamedSample[]; readonly rest: readonly NamedSample[] } {
  if (count === null) return { samples: all, rest: [] };
  if (!Number.isSafeInteger(count) || count < 1 || count > all.length) {
    fail('calibrate-count', `--calibrate ${count}`, `there are ${all.length} samples`, `give 1 to ${all.length}`);
  }
  const chosen = new Set(Array.from({ length: count }, (_, i) => Math.floor((i * all.length) / count)));
  return { samples: all.filter((_, i) => chosen.has(i)), rest: all.filter((_, i) => !chosen.has(i)) };
}
