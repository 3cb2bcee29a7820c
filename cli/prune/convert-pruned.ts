import type { NumberFormat } from '../../converter/compress/quantize/format.ts';
import { optimizeGraph } from '../../converter/pipeline.ts';
import type { CommandIo } from '../io.ts';
import type { LoadedModel } from '../model-file.ts';
import { preprocessingFor } from '../options/preprocessing.ts';
import { pruneArgumentsOf } from '../options/prune.ts';
import type { QuantizeArguments } from '../options/quantize.ts';
import { checkBounds, pruneModel, readPruneOptions } from './prune-model.ts';
import { pruneSamples } from './samples.ts';

/**
 * The model with channels taken out, on the way to a package: `wish` is the text of `--prune`. With `--quantize` the same samples calibrate what
 * is left, and bounds of SRAM and latency are those of the quantized model.
 *
 * @throws ProblemError where bounds cannot be met, and UsageError
 */
export async function prunedModel(
  model: LoadedModel,
  args: QuantizeArguments & { readonly quantize: NumberFormat | undefined },
  wish: string,
  io: CommandIo,
): Promise<LoadedModel> {
  const pruneArguments = pruneArgumentsOf(wish);
  const { samples } = pruneSamples(model.graph, preprocessingFor(model, args, io).optionsOf, args, io);
  const options = await readPruneOptions(pruneArguments, samples.length, args.quantize !== undefined, io);
  const pruned = pruneModel(model, options, { samples, judged: [] }, io);
  checkBounds(pruned);
  const { graph, applied } = optimizeGraph(pruned.graph);
  return { ...model, imported: pruned.graph, graph, applied: [...model.applied, ...applied] };
}
