import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { type Accuracy, accuracyOf } from '../accuracy.ts';
import { firmwareEmulators } from '../build/emulate.ts';
import { isFolder } from '../build/package-folder.ts';
import { runFolder } from '../build/run-folder.ts';
import type { Command } from '../command.ts';
import type { DeviceUse, Engine, EngineResult, LazySample } from '../engine/engine.ts';
import { type TargetName, targetNames } from '../engine/engine.ts';
import { engineFor, kindOf } from '../engine/registry.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { datasetSpec, openDataset } from '../input/dataset.ts';
import { fail } from '../input/file.ts';
import { readClassNames } from '../input/labels.ts';
import type { DeclaredInputs } from '../input/preprocess-file.ts';
import { type CommandIo, print, progressOn, resolvePath } from '../io.ts';
import { type LoadedModel, loadModel } from '../model-file.ts';
import { modelOptions, modelPositional } from '../options/common.ts';
import { datasetOptions, inputOptions, readOptions } from '../options/input.ts';
import { planOptions, planWishOf, refusePlanOptions } from '../options/plan.ts';
import { preprocessingFor, shownPreprocessing, tellStored } from '../options/preprocessing.ts';
import { writeJson } from '../output/json.ts';
import { type OutputTensor, saveOutputs } from '../output/save.ts';
import { planOptionsOf } from '../plan/settle.ts';
import { inputSpecs, inputTensor, namedOutputs } from '../ports.ts';
import { accuracyText, deviceText, outputsText } from '../render-run.ts';
import { reportNotes, schemaVersion } from '../report-error.ts';
import { givenOrRandom } from '../samples.ts';
import { UsageError } from '../usage.ts';
import { topValues } from '../values.ts';

/** Models run on targets, firmwares in the emulators of their boards. */
const whereToRun: readonly string[] = [...new Set([...targetNames, ...firmwareEmulators])];

const options = {
  on: { choices: whereToRun, default: 'reference', describe: 'Where to run' },
  ...inputOptions,
  save: { type: 'string', nargs: 1, describe: 'Write every output to this folder as .npy, and outputs.json' },
  labels: { type: 'string', nargs: 1, describe: 'Class names, one per line' },
  top: { type: 'number', nargs: 1, default: 5, describe: 'How many of the largest values to show' },
  ...datasetOptions,
  ...readOptions,
  ...planOptions,
  ...modelOptions,
} as const;

/** `thimble run`: one inference, or the right answers of a whole dataset. */
export const runCommand: Command = {
  name: 'run',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'run <model>',
      'Run a model on the reference evaluator, as WASM, as C here or on an emulated board',
      (y) =>
        y
          .positional('model', { ...modelPositional, describe: 'Model file, or a C package or firmware' })
          .options(options)
          .group(Object.keys(readOptions), 'From files to inputs:')
          .group(Object.keys(datasetOptions), 'Datasets:'),
      (args) => invoke((io) => run(args, io)),
    ),
};

type Arguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { model: string; json: boolean }>;

type ModelArguments = Arguments & { readonly on: TargetName };

async function run(args: Arguments, io: CommandIo): Promise<ExitCode> {
  if (isFolder(resolvePath(io, args.model))) {
    return runFolder({ folder: args.model, on: args.on === 'reference' ? null : args.on, json: args.json }, io);
  }
  return runModel({ ...args, on: targetOf(args.on) }, io);
}

/** A target of models; throws UsageError for an emulator that knows firmwares only. */
function targetOf(name: string): TargetName {
  const target = targetNames.find((one) => one === name);
  if (target !== undefined) return target;
  throw new UsageError(`--on ${name} runs firmwares`, 'give the folder of a C package in the place of a model');
}

async function runModel(args: ModelArguments, io: CommandIo): Promise<ExitCode> {
  checkTogether(args);
  const [where, kind] = [`--on ${args.on}`, kindOf(args.on)];
  if (kind === null) refusePlanOptions(args, where);
  const wish = kind === null ? null : planWishOf(args, kind, where);
  const missing = engineFor(args.on, null).missing();
  if (missing !== null) fail('target-missing', where, missing, 'see thimble doctor');
  const model = loadModel(args.model, io, args);
  if (!args.json) reportNotes(model.notes, io);
  const isFed = args.input !== undefined || args.dataset !== undefined;
  if (!args.json && isFed) tellStored(model, args, io);
  const engine = engineFor(args.on, wish === null ? null : planOptionsOf(model.graph, wish));
  return args.dataset === undefined
    ? await runOnce(model, engine, args, io)
    : await runDataset(model, engine, args.dataset, args, io);
}

function checkTogether({ dataset, input, save }: ModelArguments): void {
  if (dataset === undefined) return;
  if (input !== undefined) throw new UsageError('--dataset and --input exclude each other', 'give one of them');
  if (save !== undefined) throw new UsageError('--save keeps the outputs of one inference', 'use it with --input');
}

async function runOnce(model: LoadedModel, engine: Engine, args: ModelArguments, io: CommandIo): Promise<ExitCode> {
  const labels = args.labels === undefined ? null : readClassNames(resolvePath(io, args.labels));
  const { optionsOf, stored } = preprocessingFor(model, args, io);
  const { sample, seed } = givenOrRandom(model.imported, args, optionsOf, io);
  const { inferences, device } = await execute(model, engine, [sample], io);
  const outputs = namedOutputs(model.imported, inferences[0]?.outputs ?? []);
  if (args.save !== undefined) saveOutputs(resolvePath(io, args.save), outputs);
  if (args.json) {
    const shown = outputs.map((output) => outputJson(output, labels, args.top));
    const saved = args.save ?? null;
    const value = { schemaVersion, command: 'run', model: model.fileName, target: engine.target };
    const preprocessing = shownPreprocessing(stored);
    await writeJson({ ...value, seed, preprocessing, outputs: shown, saved, device }, io.stdout);
    return exitCodes.done;
  }
  const parts = [
    `${model.fileName} on ${engine.target}${seed === null ? '' : `, random input of seed ${seed}`}`,
    outputsText(outputs, labels, args.top, io.color),
    ...(args.save === undefined ? [] : [`Saved to ${args.save}`]),
    ...(device === null ? [] : [deviceText(device, io.color)]),
  ];
  await print(io, parts.join('\n\n'));
  return exitCodes.done;
}

/** Outputs of more elements are in the JSON by their largest values only. */
const jsonElements = 4096;

function outputJson(output: OutputTensor, labels: readonly string[] | null, top: number) {
  const { data, ...spec } = output;
  const largest = topValues(output, top).map((value) => ({ ...value, label: labels?.[value.index] ?? null }));
  return { ...spec, top: largest, values: data.length <= jsonElements ? data : null };
}

/** The engine on all samples, with progress. The reference takes the model as imported, the others after the passes. */
async function execute(
  model: LoadedModel,
  engine: Engine,
  samples: readonly LazySample[],
  io: CommandIo,
): Promise<EngineResult> {
  const progress = progressOn(io, `running on ${engine.target}`);
  progress.update(0, samples.length);
  try {
    const graph = engine.target === 'reference' ? model.imported : model.graph;
    return await engine.run(graph, samples, (done) => progress.update(done, samples.length));
  } finally {
    progress.clear();
  }
}

async function runDataset(
  model: LoadedModel,
  engine: Engine,
  path: string,
  args: ModelArguments,
  io: CommandIo,
): Promise<ExitCode> {
  const graph = model.imported;
  const [input, ...others] = inputSpecs(graph);
  if (input === undefined || others.length > 0) {
    return fail('dataset-inputs', '--dataset', 'the model does not have exactly one input', 'use --input');
  }
  const { optionsOf, stored } = preprocessingFor(model, args, io);
  const read = optionsOf(input.name);
  const choices = {
    labelsPath: args.dataLabels === undefined ? null : resolvePath(io, args.dataLabels),
    classNamesPath: args.labels === undefined ? null : resolvePath(io, args.labels),
    labelPlace: args.labelPlace,
    labelOffset: args.labelOffset,
    order: args.order,
    limit: args.limit ?? null,
  } as const;
  const { items, isLabelled } = openDataset(datasetSpec(resolvePath(io, path), choices), input, read);
  if (!isLabelled) {
    fail('dataset-labels', '--dataset', 'not every sample has a known class', 'give --data-labels or --label-place');
  }
  const samples = items.map((item) => () => [inputTensor(graph, 0, item.load())]);
  const { inferences, device } = await execute(model, engine, samples, io);
  const outputs = inferences.flatMap((inference) => namedOutputs(graph, inference.outputs).slice(0, 1));
  const accuracy = accuracyOf(
    outputs,
    items.map(({ label }) => label ?? -1),
  );
  await reportDataset(model, engine, { accuracy, device, stored }, args, io);
  return exitCodes.done;
}

async function reportDataset(
  model: LoadedModel,
  engine: Engine,
  { accuracy, device, stored }: { accuracy: Accuracy; device: DeviceUse | null; stored: DeclaredInputs },
  args: ModelArguments,
  io: CommandIo,
): Promise<void> {
  if (args.json) {
    const value = { schemaVersion, command: 'run', model: model.fileName, target: engine.target };
    const preprocessing = shownPreprocessing(stored);
    await writeJson({ ...value, preprocessing, dataset: accuracy, device }, io.stdout);
    return;
  }
  const parts = [accuracyText(model.fileName, engine.target, accuracy)];
  if (device !== null) parts.push(deviceText(device, io.color));
  await print(io, parts.join('\n\n'));
}
