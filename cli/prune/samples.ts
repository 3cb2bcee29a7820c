import type { Graph } from '../../converter/ir/graph.ts';
import type { ReadOptionsOf } from '../input/sample-item.ts';
import { type CommandIo, progressOn, resolvePath } from '../io.ts';
import type { ReadArguments } from '../options/input.ts';
import { cacheFolder } from '../quantize/cache-folder.ts';
import { chooseSamples, type SampleChoice } from '../quantize/choose-samples.ts';
import { fastExecutor } from '../quantize/executor.ts';
import { readSampleSets } from '../quantize/sample-sets.ts';
import type { NamedSample } from '../quantize/samples.ts';
import { StatisticsCache } from '../quantize/statistics-cache.ts';
import { UsageError } from '../usage.ts';

/** Samples that a model is pruned by, and those that it is judged by. */
export interface PruneSamples {
  readonly samples: readonly NamedSample[];
  readonly judged: readonly NamedSample[];
}

/** The options that say where samples are and which of them serve. */
export interface PruneSampleArguments extends SampleChoice, ReadArguments {
  readonly samples?: readonly string[] | undefined;
  readonly cache?: string | undefined;
  readonly test?: readonly string[] | undefined;
  readonly labels?: string | undefined;
}

/** None are fine where nothing looks at them, which the pruner knows. Throws ProblemError and UsageError. */
export function pruneSamples(
  graph: Graph,
  optionsOf: ReadOptionsOf,
  args: PruneSampleArguments,
  io: CommandIo,
): PruneSamples {
  if (args.samples === undefined || args.samples.length === 0) {
    const without = (['test', 'calibrate', 'select'] as const).find((name) => args[name] !== undefined);
    if (without === undefined) return { samples: [], judged: [] };
    throw new UsageError(`--${without} has no meaning without --samples`, 'give --samples as well');
  }
  const places = { samples: args.samples, test: args.test ?? null, labels: args.labels ?? null };
  const sets = readSampleSets(graph, places, optionsOf, io);
  const cache = new StatisticsCache(cacheFolder(args.cache, (path) => resolvePath(io, path)));
  const progress = progressOn(io, 'choosing samples');
  try {
    const { samples, rest } = chooseSamples(graph, sets.samples, args, fastExecutor, cache, (done) =>
      progress.update(done, sets.samples.length),
    );
    return { samples, judged: sets.test ?? (rest.length > 0 ? rest : samples) };
  } finally {
    progress.clear();
  }
}
