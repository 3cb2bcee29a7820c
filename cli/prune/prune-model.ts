import type { PruneOptions } from '../../converter/compress/prune/options.ts';
import { type PrunedGraph, pruneGraph } from '../../converter/compress/prune/prune-graph.ts';
import { judgeOf, plannerOf } from '../../converter/compress/prune/report/judge.ts';
import type { Goal } from '../../converter/compress/prune/targets/goal.ts';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import { doesNotFitCode } from '../exit-code.ts';
import { type CommandIo, progressOn } from '../io.ts';
import type { LoadedModel } from '../model-file.ts';
import { type PruneArguments, pruneOptionsFrom } from '../options/prune.ts';
import { formatBytes } from '../output/text.ts';
import { fastExecutor } from '../quantize/executor.ts';
import { UsageError } from '../usage.ts';
import { latencyGoal, parseLatency } from './latency.ts';
import { sramGoal } from './probes.ts';
import type { PruneSamples } from './samples.ts';

/** The options of a command line; the targets of `--latency` are read. Throws ProblemError and UsageError. */
export async function readPruneOptions(
  args: PruneArguments,
  sampleCount: number,
  isQuantized: boolean,
  io: CommandIo,
): Promise<PruneOptions> {
  const latency = args.latency === undefined ? null : await readLatency(args.latency, isQuantized, io);
  return pruneOptionsFrom(args, sampleCount, {
    sram: (text) => sramGoal(text, isQuantized),
    latency: (text): Goal => {
      if (latency === null) throw new UsageError(`--latency ${text} names no target`, 'write it as 30ms@nano33ble');
      return latency;
    },
  });
}

async function readLatency(text: string, isQuantized: boolean, io: CommandIo): Promise<Goal> {
  const { loadTarget } = await import('../target/load.ts');
  return latencyGoal(text, await loadTarget(parseLatency(text).target, io), isQuantized);
}

/** Prunes a model by the samples of the command line. Throws ProblemError. */
export function pruneModel(
  { graph, unrounded }: LoadedModel,
  options: PruneOptions,
  { samples, judged }: PruneSamples,
  io: CommandIo,
): PrunedGraph {
  if (unrounded !== null) {
    throw new UsageError(
      '--weights has no meaning for a model that is pruned',
      'leave the option out; round what is left',
    );
  }
  const progress = progressOn(io, 'pruning');
  try {
    return pruneGraph(graph, options, {
      samples: samples.map(({ load }) => load),
      execute: fastExecutor,
      judge: judgeOf(graph, judged, fastExecutor, plannerOf(options.goals)),
      onProgress: (_, done, total) => progress.update(done, total),
    });
  } finally {
    progress.clear();
  }
}

/** Throws the problem that bounds were not met, with the nearest that can be had and what holds it back. */
export function checkBounds(pruned: PrunedGraph): void {
  const problems = boundProblems(pruned);
  if (problems.length > 0) throw new ProblemError(problems);
}

/** One problem for each bound that was not met. */
export function boundProblems({ outcomes, groups, barriers, unjudged }: PrunedGraph): readonly Problem[] {
  const [tightest] = [...groups].sort((a, b) => a.unitsAfter / a.unitsBefore - b.unitsAfter / b.unitsBefore);
  const [barrier] = barriers;
  const reasons = [
    ...(tightest === undefined
      ? []
      : tightest.unitsAfter === tightest.unitsBefore
        ? [`all groups of channels stay whole, such as ${tightest.name}`]
        : [`${tightest.name} is down to ${tightest.unitsAfter} of ${tightest.unitsBefore} channels`]),
    ...(barrier === undefined ? [] : [`channels of ${barrier.name} stay: ${barrier.reason}`]),
    ...(unjudged.length === 0 ? [] : [`${unjudged.join(', ')} stay, since the importance says nothing about them`]),
  ];
  return outcomes
    .filter(({ met }) => !met)
    .map(({ goal, after, bound }) => ({
      code: doesNotFitCode,
      where: goal.text,
      what: `the nearest that can be had is ${goalNumber(goal, after)}, and ${goalNumber(goal, bound)} are allowed; ${reasons.join('; ')}`,
      advice: `allow ${goalNumber(goal, after)}, drop --keep and --round where they are given, or see thimble prune --list`,
    }));
}

/** A value of a goal with its unit. */
export function goalNumber({ kind }: Goal, value: number): string {
  switch (kind) {
    case 'macs':
      return `${Math.round(value).toLocaleString('en')} MACs`;
    case 'parameters':
      return `${Math.round(value).toLocaleString('en')} parameters`;
    case 'sram':
      return formatBytes(Math.round(value));
    case 'latency':
      return `${value.toPrecision(3)} ms`;
    default:
      return kind satisfies never;
  }
}
