import type { ArgumentsCamelCase, InferredOptionTypes, Options } from 'yargs';
import { withOwnConstants } from '../../converter/compress/product.ts';
import { describeGroups } from '../../converter/compress/prune/groups/describe.ts';
import { findChannelGroups } from '../../converter/compress/prune/groups/find.ts';
import { withRealWeights } from '../../converter/compress/quantize/real-weights.ts';
import type { Command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import { type LoadedModel, loadModel } from '../model-file.ts';
import { modelOptions, modelPositional } from '../options/common.ts';
import { readOptions } from '../options/input.ts';
import { preprocessingFor } from '../options/preprocessing.ts';
import { pruneOptions } from '../options/prune.ts';
import { quantizeOptions } from '../options/quantize.ts';
import { writeJson } from '../output/json.ts';
import { checkModelOutput, writeModel, writtenEndings } from '../output/model-file.ts';
import { writeFileAtomically } from '../output/single-file.ts';
import { curveSvg } from '../prune/curve-svg.ts';
import { boundProblems, pruneModel, readPruneOptions } from '../prune/prune-model.ts';
import { groupsText, pruningText } from '../prune/render.ts';
import { type PruneResult, prunedLayers } from '../prune/result.ts';
import { pruneSamples } from '../prune/samples.ts';
import { reportNotes, reportProblems, schemaVersion } from '../report-error.ts';

const options = {
  ...pruneOptions,
  samples: quantizeOptions.samples,
  calibrate: {
    type: 'number',
    nargs: 1,
    describe: 'Prune by this many of the samples, spread evenly, and judge by the others',
  },
  select: quantizeOptions.select,
  cache: quantizeOptions.cache,
  test: { type: 'string', array: true, describe: 'Samples to judge the result by; default: those of --samples' },
  labels: {
    type: 'string',
    nargs: 1,
    describe: 'Classes of the samples: a .csv of lines name,class, or one class for each sample in order (.npy, idx)',
  },
  list: {
    type: 'boolean',
    default: false,
    describe: 'Show which channels leave together, and what keeps the others; prune nothing',
  },
  'by-class': {
    type: 'boolean',
    default: false,
    describe: 'With --importance attribution: show what each class needs most',
  },
  out: { type: 'string', nargs: 1, describe: `Write the pruned model into this ${writtenEndings} file` },
  curve: { type: 'string', nargs: 1, describe: 'Write the curve of quality over size as <name>.json and <name>.svg' },
  force: { type: 'boolean', default: false, describe: 'Replace a file that thimble did not write' },
  ...readOptions,
  ...modelOptions,
} as const satisfies Readonly<Record<string, Options>>;

/** `thimble prune`: channels out of a float model, without training. */
export const pruneCommand: Command = {
  name: 'prune',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'prune <model>',
      'Take channels out of a float model and fit what is left, without labels or training',
      (yargs) => yargs.positional('model', modelPositional).options(options),
      (args) => invoke((io) => prune(args, io)),
    ),
};

type Arguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { model: string; json: boolean }>;

/** Samples on which layers are compared for the report; the outputs are compared on all. */
const tracedSamples = 32;

async function prune(args: Arguments, io: CommandIo): Promise<ExitCode> {
  if (args.out !== undefined) checkModelOutput(args.out, args.force, io, args.model);
  const model = loadModel(args.model, io, args);
  if (!args.json) reportNotes(model.notes, io);
  if (args.list) return list(model, args, io);
  const { optionsOf, stored } = preprocessingFor(model, args, io);
  const sets = pruneSamples(model.graph, optionsOf, args, io);
  const pruneWish = await readPruneOptions(args, sets.samples.length, false, io);
  const pruned = pruneModel(model, pruneWish, sets, io);
  const traced = sets.judged.slice(0, tracedSamples).map(({ load }) => load);
  const counts = { sampleCount: sets.samples.length, judgedCount: sets.judged.length };
  const result: PruneResult = { pruned, layers: prunedLayers(pruned, traced), ...counts, byClass: args.byClass };
  const problems = boundProblems(pruned);
  if (args.out !== undefined) writeModel(pruned.graph, args.out, io, stored);
  if (args.curve !== undefined) writeCurve(args.curve, model.graph.name, pruned.curve, io);
  if (args.json) await writeJson(resultJson(model.fileName, result, problems), io.stdout);
  else await print(io, pruningText(model.fileName, result, io.color));
  if (problems.length === 0) return exitCodes.done;
  if (!args.json) reportProblems(problems, io);
  return exitCodes.doesNotFit;
}

async function list(model: LoadedModel, args: Arguments, io: CommandIo): Promise<ExitCode> {
  const graph = withOwnConstants(withRealWeights(model.graph));
  const described = describeGroups(graph, findChannelGroups(graph));
  if (args.json) await writeJson({ schemaVersion, command: 'prune', model: model.fileName, ...described }, io.stdout);
  else await print(io, groupsText(model.fileName, described, io.color));
  return exitCodes.done;
}

function writeCurve(path: string, name: string, curve: PruneResult['pruned']['curve'], io: CommandIo): void {
  const base = resolvePath(io, path.replace(/\.(?:json|svg)$/, ''));
  writeFileAtomically(`${base}.json`, `${JSON.stringify({ schemaVersion, model: name, curve }, null, 2)}\n`);
  writeFileAtomically(`${base}.svg`, curveSvg(name, curve));
}

function resultJson(
  file: string,
  { pruned, layers, sampleCount, judgedCount }: PruneResult,
  problems: readonly unknown[],
) {
  const { groups, barriers, dead, outcomes, curve, unjudged } = pruned;
  return {
    schemaVersion,
    command: 'prune',
    model: file,
    samples: sampleCount,
    judged: judgedCount,
    dead,
    groups,
    layers,
    barriers,
    unjudged,
    bounds: outcomes.map(({ goal, before, after, bound, met }) => ({ goal: goal.text, before, after, bound, met })),
    curve,
    problems,
  };
}
