import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { floatTolerance } from '../../converter/compare.ts';
import { evaluateRun, initialStates } from '../../converter/ir/evaluate.ts';
import type { Command } from '../command.ts';
import { type Engine, type TargetName, targetNames } from '../engine/engine.ts';
import { referenceEngine } from '../engine/reference.ts';
import { engineFor, kindOf } from '../engine/registry.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type CommandIo, print, progressOn, resolvePath } from '../io.ts';
import { type LoadedModel, loadModel } from '../model-file.ts';
import { modelOptions, modelPositional } from '../options/common.ts';
import { inputOptions, readOptions } from '../options/input.ts';
import { noWish, type PlanWish, planOptions, planWishOf } from '../options/plan.ts';
import { preprocessingFor, tellStored } from '../options/preprocessing.ts';
import { writeJson } from '../output/json.ts';
import { planOptionsOf } from '../plan/settle.ts';
import { schemaVersion } from '../report-error.ts';
import { givenSample, randomSamples } from '../samples.ts';
import { nearest, UsageError } from '../usage.ts';
import { type Check, checkEngine, type ExpectedSample, type Judgement } from '../verify/check.ts';
import { readGoldens } from '../verify/golden.ts';
import { checksText } from '../verify/render.ts';

const options = {
  on: { type: 'string', nargs: 1, default: 'wasm,c,qemu:mps2-an386', describe: 'What to verify, separated by commas' },
  ...inputOptions,
  random: { type: 'number', nargs: 1, describe: 'Number of random samples; 3 where no others are given' },
  golden: { type: 'string', nargs: 1, describe: 'Folder of input_<i>.npy and output_<i>.npy of another runtime' },
  ...readOptions,
  ...planOptions,
  ...modelOptions,
} as const;

/** `thimble verify`: one model, one answer. */
export const verifyCommand: Command = {
  name: 'verify',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'verify <model>',
      'Compare WASM, C and an emulated board with the reference: int8 to the bit, float within 1e-4',
      (y) =>
        y
          .positional('model', modelPositional)
          .options(options)
          .group(Object.keys(readOptions), 'From files to inputs:'),
      (args) => invoke((io) => verify(args, io)),
    ),
};

type Arguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { model: string; json: boolean }>;

async function verify(args: Arguments, io: CommandIo): Promise<ExitCode> {
  if (args.golden !== undefined && args.weights !== 'f32') {
    throw new UsageError(
      `--golden with --weights ${args.weights}`,
      'goldens are made with the weights of the file; leave one of the options out',
    );
  }
  const targets = parseTargets(args.on).map((target) => ({ target, wish: wishFor(target, args) }));
  const model = loadModel(args.model, io, args);
  if (!args.json && args.input !== undefined) tellStored(model, args, io);
  const judgements = judgementsFor(model, args, io);
  const checks: Check[] = [];
  const goldens = judgements.filter(({ against }) => against === 'golden');
  if (goldens.length > 0) checks.push(...(await check(referenceEngine, model, goldens, false, io)));
  if (model.applied.length > 0 || targets.length === 0) {
    const references = judgements.filter(({ against }) => against === 'reference');
    checks.push(...(await check(referenceEngine, model, references, true, io)));
  }
  for (const { target, wish } of targets) {
    const engine = engineFor(target, planOptionsOf(model.graph, wish));
    checks.push(...(await check(engine, model, judgements, args.passes, io)));
  }
  const ok = checks.every(({ status }) => status === 'equal' || status === 'skipped');
  if (args.json) {
    const head = { schemaVersion, command: 'verify', model: model.fileName, floatTolerance, ok };
    await writeJson({ ...head, checks }, io.stdout);
  } else {
    await print(io, checksText(model.fileName, checks, io.color));
  }
  return ok ? exitCodes.done : exitCodes.fault;
}

/** How memory is planned for a target. */
function wishFor(target: TargetName, args: Arguments): PlanWish {
  const kind = kindOf(target);
  return kind === null ? noWish : planWishOf(args, kind, `--on ${target}`);
}

/** The targets of `wasm,c`; the reference is always there, as the judge. */
function parseTargets(text: string): readonly TargetName[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  return names.flatMap((name) => {
    const target = targetNames.find((known) => known === name);
    if (target !== undefined) return target === 'reference' ? [] : [target];
    const near = nearest(name, targetNames);
    const advice = near === null ? `give some of ${targetNames.join(', ')}` : `did you mean ${near}?`;
    throw new UsageError(`--on does not know ${JSON.stringify(name)}`, advice);
  });
}

/** What should come out: the reference's outputs for given and random samples, and the goldens. */
function judgementsFor(model: LoadedModel, args: Arguments, io: CommandIo): readonly Judgement[] {
  const graph = model.imported;
  const goldens = args.golden === undefined ? [] : readGoldens(resolvePath(io, args.golden), graph);
  const { optionsOf } = preprocessingFor(model, args, io);
  const given = args.input === undefined ? [] : [givenSample(graph, args.input, optionsOf, io)];
  const randomCount = args.random ?? (goldens.length + given.length === 0 ? usualRandomSamples : 0);
  if (!Number.isSafeInteger(randomCount) || randomCount < 0) {
    throw new UsageError(`--random ${randomCount} is no number of samples`, 'give a whole number');
  }
  const random = randomSamples(graph, args.seed, randomCount);
  const references = [
    ...given.map((sample) => ({ name: 'given', sample })),
    ...random.map((sample, i) => ({ name: `random ${args.seed + i}`, sample })),
    ...goldens.map(({ name, sample }) => ({ name: `golden ${name}`, sample })),
  ];
  const progress = progressOn(io, 'reference');
  let states = initialStates(graph);
  const samples = references.map(({ name, sample }, i): ExpectedSample => {
    progress.update(i, references.length);
    const result = evaluateRun(graph, sample(), states);
    states = result.states;
    return { name, sample, expected: result.outputs };
  });
  progress.clear();
  const all: readonly Judgement[] = [
    { against: 'reference', samples },
    { against: 'golden', samples: goldens },
  ];
  return all.filter((judgement) => judgement.samples.length > 0);
}

const usualRandomSamples = 3;

async function check(
  engine: Engine,
  model: LoadedModel,
  judgements: readonly Judgement[],
  passes: boolean,
  io: CommandIo,
): Promise<readonly Check[]> {
  const total = judgements.reduce((sum, { samples }) => sum + samples.length, 0);
  const progress = progressOn(io, engine.target);
  progress.update(0, total);
  try {
    const graph = passes ? model.graph : model.imported;
    return await checkEngine(engine, graph, judgements, passes, (done) => progress.update(done, total));
  } finally {
    progress.clear();
  }
}
