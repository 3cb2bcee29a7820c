import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { macsOf } from '../../converter/backends/c/describe.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import type { Command } from '../command.ts';
import { countingNames, cpuOf, type DeviceUse } from '../engine/engine.ts';
import { engineFor } from '../engine/registry.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { fail } from '../input/file.ts';
import { type CommandIo, print, progressOn } from '../io.ts';
import { loadModel } from '../model-file.ts';
import { modelOptions, modelPositional } from '../options/common.ts';
import { planOptions, planWishOf } from '../options/plan.ts';
import { writeJson } from '../output/json.ts';
import { planFor } from '../package-kinds.ts';
import { planOptionsOf } from '../plan/settle.ts';
import { type BenchLayer, benchText } from '../render-bench.ts';
import { reportNotes, schemaVersion } from '../report-error.ts';

const options = {
  on: { choices: countingNames, default: 'qemu:mps2-an386', describe: 'The emulated board to count on' },
  seed: { type: 'number', nargs: 1, default: 1, describe: 'Seed of the random input' },
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
  const missing = engineFor(args.on, null).missing();
  if (missing !== null) fail('target-missing', where, missing, 'see thimble doctor');
  const model = loadModel(args.model, io, args);
  if (!args.json) reportNotes(model.notes, io);
  const { graph } = model;
  const plan = planOptionsOf(graph, wish);
  const progress = progressOn(io, args.on);
  progress.update(0, 1);
  let device: DeviceUse | null;
  try {
    ({ device } = await engineFor(args.on, plan).run(graph, [() => randomInputs(graph, args.seed)], () => {}));
  } finally {
    progress.clear();
  }
  if (device === null) fail('no-device', where, 'nothing was measured', 'see thimble doctor');
  const { steps } = planFor('c', graph, plan).program;
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
