import { type QuantizedGraph, quantizeGraph } from '../../converter/compress/quantize/quantize-graph.ts';
import { optimizeGraph } from '../../converter/pipeline.ts';
import { type CommandIo, progressOn } from '../io.ts';
import type { LoadedModel } from '../model-file.ts';
import { readOptionsFrom } from '../options/input.ts';
import { givenSamples, type QuantizeArguments, quantizeOptionsFrom } from '../options/quantize.ts';
import { fastExecutor } from './executor.ts';
import { openSamples } from './samples.ts';

/** The model on integers, and how it came about. */
export interface QuantizedModel {
  readonly model: LoadedModel;
  readonly quantized: QuantizedGraph;
  readonly sampleCount: number;
}

/** Quantizes the model by the samples of the command line. Throws ProblemError and UsageError. */
export function quantizeModel(
  model: LoadedModel,
  args: QuantizeArguments,
  format: 'int8' | 'int16',
  io: CommandIo,
): QuantizedModel {
  const options = quantizeOptionsFrom(args, format);
  const samples = openSamples(model.graph, givenSamples(args), readOptionsFrom(args), io);
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
    return { model: { ...model, imported: quantized.graph, graph }, quantized, sampleCount: samples.length };
  } finally {
    progress.clear();
  }
}
