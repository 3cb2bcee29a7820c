import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { usualChoices } from '../../converter/backends/c/choice.ts';
import { macsOf } from '../../converter/backends/c/describe.ts';
import type { KernelPlace } from '../../converter/package-options.ts';
import { widenFloats } from '../../converter/passes/narrow-weights.ts';
import type { PlanOptions } from '../../converter/plan/options.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import type { Command } from '../command.ts';
import { countingNames, cpuOf, type DeviceUse } from '../engine/engine.ts';
import { engineFor } from '../engine/registry.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { fail } from '../input/file.ts';
import { type CommandIo, print, progressOn, resolvePath } from '../io.ts';
import { type LoadedModel, loadModel } from '../model-file.ts';
import { modelOptions, modelPositional } from '../options/common.ts';
import { planOptions, planWishOf } from '../options/plan.ts';
import { writeJson } from '../output/json.ts';
import { writeFileAtomically } from '../output/single-file.ts';
import { planFor, usualPlans } from '../package-kinds.ts';
import { planOptionsOf } from '../plan/settle.ts';
import { type BenchLayer, benchText, searchText } from '../render-bench.ts';
import { reportNotes, schemaVersion } from '../report-error.ts';
import { programDigest, search } from '../search.ts';
import { choicesOf, readTuning, type Tuning, tuningText } from '../tuning.ts';
import { UsageError } from '../usage.ts';
import { thimbleVersion } from '../version.ts';

const options = {
  on: { choices: countingNames, default: 'qemu:mps2-an386', describe: 'The emulated board to count on' },
  seed: { type: 'number', nargs: 1, default: 1, describe: 'Seed of the random input' },
  search: {
    type: 'boolean',
    default: false,
    describe: 'Count every way to write a layer, and store the best: with weights of 16 bits under --optimize latency',
  },
  tuning: {
    type: 'string',
    nargs: 1,
    describe: 'File of the choices: what --search writes, otherwise what is counted',
  },
  ...planOptions,
  ...modelOptions,
} as const;

/** `thimble bench`: what a model costs on an emulated board, layer by layer. */
export const benchCommand: Command = {
  name: 'bench',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'bench <model>',
      'Count the instructions of the C package on an emulated board, layer by layer',
      (y) => y.positional('model', modelPositional).options(options),
      (args) => invoke((io) => bench(args, io)),
    ),
};

type Arguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { model: string; json: boolean }>;

async function bench(args: Arguments, io: CommandIo): Promise<ExitCode> {
  const where = `--on ${args.on}`;
  const wish = planWishOf(args, 'c', where);
  if (args.search && args.optimize === 'size') {
    throw new UsageError('--search looks for fewest instructions, not for --optimize size', 'leave one of them out');
  }
  const missing = engineFor(args.on, null).missing();
  if (missing !== null) fail('target-missing', where, missing, 'see thimble doctor');
  const model = loadModel(args.model, io, args);
  if (!args.json) reportNotes(model.notes, io);
  const plan = planOptionsOf(model.graph, wish);
  return args.search ? await searchBest(model, plan, args, io) : await countOnce(model, plan, args, io);
}

async function countOnce(
  model: LoadedModel,
  plan: PlanOptions | null,
  args: Arguments,
  io: CommandIo,
): Promise<ExitCode> {
  const { graph } = model;
  const planned = planFor('c', widenFloats(graph), plan);
  const path = args.tuning === undefined ? null : resolvePath(io, args.tuning);
  const of = { modelSha256: model.sha256, digest: programDigest(planned), cpu: cpuOf(args.on) };
  const tuned = path === null ? usualChoices : choicesOf(readTuning(path), path, of);
  const kernels: KernelPlace = { cpu: cpuOf(args.on), flashBytes: null, tuned };
  const progress = progressOn(io, args.on);
  progress.update(0, 1);
  let device: DeviceUse | null;
  try {
    const engine = engineFor(args.on, plan, kernels);
    ({ device } = await engine.run(graph, [() => randomInputs(graph, args.seed)], () => {}));
  } finally {
    progress.clear();
  }
  if (device === null) fail('no-device', `--on ${args.on}`, 'nothing was measured', 'see thimble doctor');
  const { steps } = planned.program;
  const macs = steps.map(macsOf);
  const layers = device.layers.map(({ layer, name, instructions }): BenchLayer => {
    return { layer, name, operator: steps[layer]?.op.type ?? '', macs: macs[layer] ?? 0, instructions };
  });
  const total = macs.reduce((sum, count) => sum + count, 0);
  if (args.json) {
    const head = { schemaVersion, command: 'bench', model: model.fileName, target: args.on, cpu: cpuOf(args.on) };
    await writeJson({ ...head, seed: args.seed, macs: total, layers, device }, io.stdout);
  } else {
    const title = `${model.fileName} on ${args.on}, ${cpuOf(args.on)}`;
    await print(io, benchText(title, device, layers, total, io.color));
  }
  return exitCodes.done;
}

async function searchBest(
  model: LoadedModel,
  plan: PlanOptions | null,
  args: Arguments,
  io: CommandIo,
): Promise<ExitCode> {
  const cpu = cpuOf(args.on);
  const planned = planFor('c', widenFloats(model.graph), plan);
  const { kernels: goal } = plan ?? usualPlans.c;
  const progress = progressOn(io, args.on);
  const engineWith = (tuned: KernelPlace['tuned']) => engineFor(args.on, plan, { cpu, flashBytes: null, tuned });
  const found = await search(model.graph, planned, goal, engineWith, progress.update).finally(() => progress.clear());
  const head = { version: 1, thimble: thimbleVersion(), model: model.sha256 } as const;
  const tuning: Tuning = { ...head, program: programDigest(planned), cpu, on: args.on, layers: found.layers };
  const file = args.tuning ?? `${model.fileName.replace(/\.[A-Za-z0-9]+$/, '')}.${cpu}.tuning.json`;
  writeFileAtomically(resolvePath(io, file), tuningText(tuning));
  if (args.json) {
    const value = { schemaVersion, command: 'bench', model: model.fileName, target: args.on, cpu };
    await writeJson({ ...value, search: { runs: found.runs, file, layers: found.layers } }, io.stdout);
  } else {
    const names = planned.program.steps.map(({ name }) => name);
    await print(io, searchText(`${model.fileName} on ${args.on}, ${cpu}`, found, names, file, io.color));
  }
  return exitCodes.done;
}
