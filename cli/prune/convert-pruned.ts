import type { PrunedGraph } from '../../converter/compress/prune/prune-graph.ts';
import type { NumberFormat } from '../../converter/compress/quantize/format.ts';
import { optimizeGraph } from '../../converter/pipeline.ts';
import type { CommandIo } from '../io.ts';
import type { LoadedModel } from '../model-file.ts';
import { preprocessingFor } from '../options/preprocessing.ts';
import { pruneArgumentsOf } from '../options/prune.ts';
import type { QuantizeArguments } from '../options/quantize.ts';
import type { MoreSamples } from '../quantize/quantize-model.ts';
import type { NamedSample } from '../quantize/samples.ts';
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
  args: PrunedArguments,
  wish: string,
  io: CommandIo,
): Promise<LoadedModel> {
  return (await pruneByWish(model, args, wish, io)).model;
}

type PrunedArguments = QuantizeArguments & {
  readonly quantize: NumberFormat | undefined;
};

/** A model with channels taken out, and how it came about. */
export interface PrunedModel {
  readonly model: LoadedModel;
  readonly pruned: PrunedGraph;
  /** Those to judge by: of `--test`, or that did not serve for pruning, or all. */
  readonly judged: readonly NamedSample[];
}

/** {@link prunedModel}, with everything that is to be told of it. `test` and `labels` are of the samples. */
export async function pruneByWish(
  model: LoadedModel,
  args: PrunedArguments,
  wish: string,
  io: CommandIo,
  more: MoreSamples = {},
): Promise<PrunedModel> {
  const pruneArguments = pruneArgumentsOf(wish);
  const { optionsOf } = preprocessingFor(model, args, io);
  const { samples, judged } = pruneSamples(
    model.graph,
    optionsOf,
    { ...args, test: more.test, labels: more.labels },
    io,
  );
  const options = await readPruneOptions(pruneArguments, samples.length, args.quantize !== undefined, io);
  const pruned = pruneModel(model, options, { samples, judged: [] }, io);
  checkBounds(pruned);
  const { graph, applied } = optimizeGraph(pruned.graph);
  const made = { ...model, imported: pruned.graph, graph, applied: [...model.applied, ...applied] };
  return { model: made, pruned, judged };
}
