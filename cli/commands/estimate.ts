import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { Command } from '../command.ts';
import { parseDuration } from '../estimate/duration.ts';
import { overrideOptions } from '../estimate/overrides.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import type { CommandIo } from '../io.ts';
import { modelOptions, modelPositional } from '../options/common.ts';
import { planOptions } from '../options/plan.ts';
import { UsageError } from '../usage.ts';

const options = {
  target: {
    type: 'string',
    nargs: 1,
    describe:
      'Microcontrollers or boards with commas between, profile files (./mine.json), or all; see thimble targets',
  },
  ...overrideOptions,
  fleet: {
    type: 'string',
    nargs: 1,
    describe: 'Instead of --target: a JSON file of devices with their shares, for the distribution of the latency',
  },
  deadline: { type: 'string', nargs: 1, describe: 'Tell who keeps to this time: 30ms, 250us or 1.5s' },
  quantize: {
    choices: ['int8'] as const,
    describe: 'Estimate a float model as if it were quantized; thimble quantize does it',
  },
  threads: { type: 'number', nargs: 1, default: 1, describe: 'Phones and boards: threads that share a run' },
  core: {
    type: 'string',
    nargs: 1,
    default: 'big',
    describe: 'Phones and boards: the cores that run it: big, little, or the name of one',
  },
  ...planOptions,
  ...modelOptions,
} as const;

/** `thimble estimate`: how long a model takes on microcontrollers, layer by layer, and what it takes of their memories. */
export const estimateCommand: Command = {
  name: 'estimate',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'estimate <model>',
      'Predict latency and memory on targets, layer by layer',
      (y) =>
        y
          .positional('model', { ...modelPositional, describe: 'Model file, or a folder that thimble convert wrote' })
          .options(options),
      (args) => invoke((io) => estimate(args, io)),
    ),
};

export type EstimateArguments = ArgumentsCamelCase<
  InferredOptionTypes<typeof options> & { model: string; json: boolean }
>;

async function estimate(args: EstimateArguments, io: CommandIo): Promise<ExitCode> {
  const { target, fleet, deadline } = args;
  if (target === undefined && fleet === undefined) {
    throw new UsageError(
      'estimate wants to know the target',
      'name one with --target nano33ble, several with commas, or all',
    );
  }
  if (target !== undefined && fleet !== undefined) {
    throw new UsageError('--target and --fleet exclude each other', 'give one of them');
  }
  if (!Number.isInteger(args.threads) || args.threads < 1 || args.threads > 64) {
    throw new UsageError(`--threads ${args.threads} is no number of threads`, 'give a whole number from 1 to 64');
  }
  const deadlineUs = deadline === undefined ? null : parseDuration(deadline, '--deadline');
  const { estimateModel } = await import('../estimate/estimate-model.ts');
  const { fits } = await estimateModel({ ...args, deadlineUs }, io);
  return fits ? exitCodes.done : exitCodes.doesNotFit;
}
