import type { Executor } from '../../converter/compress/executor.ts';
import type { NumberFormat } from '../../converter/compress/quantize/format.ts';
import type { QuantizeOptions } from '../../converter/compress/quantize/options.ts';
import {
  type OnProgress,
  type QuantizedGraph,
  quantizeGraph,
} from '../../converter/compress/quantize/quantize-graph.ts';
import { checkSamples } from '../../converter/compress/quantize/samples/check.ts';
import type { SampleFinding } from '../../converter/compress/quantize/samples/finding.ts';
import { type RangeChange, rangeChange } from '../../converter/compress/quantize/samples/select.ts';
import type { Memo } from '../../converter/compress/quantize/statistics/memo.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { optimizeGraph } from '../../converter/pipeline.ts';
import type { Note } from '../../converter/problem.ts';
import { type CommandIo, progressOn, resolvePath } from '../io.ts';
import type { LoadedModel } from '../model-file.ts';
import { preprocessingFor } from '../options/preprocessing.ts';
import { givenSamples, type QuantizeArguments, quantizeOptionsFrom } from '../options/quantize.ts';
import { reportNotes } from '../report-error.ts';
import { UsageError } from '../usage.ts';
import { cacheFolder } from './cache-folder.ts';
import { chooseSamples } from './choose-samples.ts';
import { counting, fastExecutor } from './executor.ts';
import { writeSampleList } from './out-list.ts';
import { readSampleSets } from './sample-sets.ts';
import type { NamedSample } from './samples.ts';
import { type CacheUse, StatisticsCache } from './statistics-cache.ts';

/** The model on integers, and how it came about. */
export interface QuantizedModel {
  readonly model: LoadedModel;
  readonly quantized: QuantizedGraph;
  /** Those of the calibration. */
  readonly samples: readonly NamedSample[];
  /** Those to judge by: of `--test`, or that did not serve for calibration, or all. */
  readonly judged: readonly NamedSample[];
  /** What is likely to be wrong with the samples. */
  readonly findings: readonly SampleFinding[];
  /** Of `--select`, otherwise null. */
  readonly selection: Selection | null;
  readonly calibration: CalibrationUse;
  /** Keeps results of these calibration samples. */
  readonly memo: Memo;
}

/** Samples that were chosen to stand for all. */
export interface Selection {
  readonly of: number;
  readonly names: readonly string[];
  readonly ranges: RangeChange;
}

/** What calibration took. */
export interface CalibrationUse extends CacheUse {
  /** Inferences that were run. */
  readonly runs: number;
  /** Of the cache. */
  readonly notes: readonly Note[];
}

/** Samples of the command line beside `--samples`. */
export interface MoreSamples {
  readonly test?: readonly string[] | undefined;
  readonly labels?: string | undefined;
}

/** What runs graphs for a calibration, what is told of it, and what is kept of it. */
export interface CalibrationRun {
  readonly execute: Executor;
  readonly onProgress: OnProgress;
  readonly memo: Memo;
}

/** Makes the quantized graph of a float one by `samples`; `judged` are those to judge by. */
export type MakeQuantized = (
  source: Graph,
  samples: readonly NamedSample[],
  judged: readonly NamedSample[],
  options: QuantizeOptions,
  run: CalibrationRun,
) => QuantizedGraph;

const plainly: MakeQuantized = (source, samples, _, options, { execute, onProgress, memo }) => {
  const loads = samples.map(({ load }) => load);
  return quantizeGraph(source, loads, execute, options, onProgress, memo);
};

/** Quantizes the model by the samples of the command line. Notes of the cache go to standard error. Throws ProblemError and UsageError. */
export function quantizeModel(
  model: LoadedModel,
  args: QuantizeArguments & { readonly json: boolean },
  format: NumberFormat,
  io: CommandIo,
  more: MoreSamples = {},
  make: MakeQuantized = plainly,
): QuantizedModel {
  if (model.unrounded !== null) {
    throw new UsageError(
      '--weights has no meaning for a model that is quantized',
      'leave the option out: the weights become int8',
    );
  }
  const options = quantizeOptionsFrom(args, format);
  const { optionsOf, stored } = preprocessingFor(model, args, io);
  const places = { samples: givenSamples(args), test: more.test ?? null, labels: more.labels ?? null };
  const sets = readSampleSets(model.graph, places, optionsOf, io);
  const cache = new StatisticsCache(cacheFolder(args.cache, (path) => resolvePath(io, path)));
  const counted = counting(fastExecutor);
  const progress = progressOn(io, 'calibrating');
  try {
    const chosen = chooseSamples(model.graph, sets.samples, args, counted.execute, cache, (done) =>
      progress.update(done, sets.samples.length),
    );
    const { samples, rest } = chosen;
    const list = args['out-list'];
    if (list !== undefined) writeSampleList(list, samples, io);
    const memo = cache.memoFor(samples.map(({ digest }) => digest));
    const judged = sets.test ?? (rest.length > 0 ? rest : samples);
    const onProgress: OnProgress = (_, done, total) => progress.update(done, total);
    const quantized = make(model.graph, samples, judged, options, { execute: counted.execute, onProgress, memo });
    const { graph, statistics } = quantized.prepared.seen;
    const labels = sets.samples.map(({ label }) => label);
    progress.clear();
    if (!args.json) reportNotes(cache.notes, io);
    const optimized = optimizeGraph(quantized.graph);
    return {
      model: {
        ...model,
        imported: quantized.graph,
        graph: optimized.graph,
        applied: [...model.applied, ...optimized.applied],
        preprocessing: stored,
      },
      quantized,
      samples,
      judged,
      findings: checkSamples({ graph, statistics, samples, labels, orderMatters: options.ranges === 'moving-average' }),
      selection:
        chosen.all === null
          ? null
          : {
              of: sets.samples.length,
              names: samples.map(({ name }) => name),
              ranges: rangeChange(graph, statistics, chosen.all),
            },
      calibration: { ...cache.use, runs: counted.runs(), notes: cache.notes },
      memo,
    };
  } finally {
    progress.clear();
  }
}
