import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { Command } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import type { CommandIo } from '../io.ts';
import { modelOptions, modelPositional, targetOption } from '../options/common.ts';
import { planOptions, refusePlanOptions } from '../options/plan.ts';
import { packageKinds } from '../package-kinds.ts';
import { planModel } from '../plan/model-map.ts';
import { planOffsetFile } from '../plan/offset-file.ts';
import { UsageError } from '../usage.ts';

const options = {
  to: { choices: packageKinds, default: 'c', describe: 'Plan memory for the kernels of this output' },
  svg: { type: 'string', nargs: 1, describe: 'Draw lifetimes against addresses into this .svg file' },
  steps: {
    type: 'string',
    nargs: 1,
    describe: 'Steps to show: all, 12 or 40-60; default: all of a small model, the steps about the peak of a large one',
  },
  csv: { type: 'string', nargs: 1, describe: 'Instead of a model: buffers in the CSV format of MiniMalloc' },
  capacity: { type: 'number', nargs: 1, describe: 'With --csv: bytes that are enough; default: as few as possible' },
  nodes: { type: 'number', nargs: 1, describe: 'With --csv: most nodes to search; default: 1000000' },
  out: { type: 'string', nargs: 1, describe: 'With --csv: write the buffers with their offsets to this .csv file' },
  ...targetOption,
  ...planOptions,
  ...modelOptions,
} as const;

/** `thimble plan`: where everything lies in memory and when, and what makes it as much as it is. */
export const planCommand: Command = {
  name: 'plan',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'plan [model]',
      'Show the memory map of a model over time, or place the buffers of a CSV file',
      (y) => y.positional('model', { ...modelPositional, demandOption: false }).options(options),
      (args) => invoke((io) => plan(args, io)),
    ),
};

type Arguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { model: string | undefined; json: boolean }>;

/** Search nodes for one file: enough for every instance of MiniMalloc's suite "challenging". */
const defaultNodes = 1_000_000;

async function plan(args: Arguments, io: CommandIo): Promise<ExitCode> {
  const { model, csv, capacity, out, svg, json } = args;
  if (csv === undefined) {
    if (model === undefined) throw new UsageError('plan wants a model file or --csv', 'see thimble plan --help');
    refuse(
      args,
      ['capacity', 'nodes', 'out'],
      'goes with --csv alone',
      'leave it out, or give --csv in place of the model',
    );
    wantEnding('svg', svg, '.svg');
    return planModel({ ...args, model }, io);
  }
  if (model !== undefined) throw new UsageError('a model and --csv exclude each other', 'give one of them');
  const ofModels = ['target', 'svg', 'steps', 'shape', 'dim', 'fix', 'inputs', 'outputs', 'inputLayout'] as const;
  refusePlanOptions(args, '--csv');
  refuse(args, ofModels, 'goes with a model alone', 'leave it out');
  wantEnding('out', out, '.csv');
  wantWhole('capacity', capacity);
  wantWhole('nodes', args.nodes);
  return planOffsetFile({ csv, capacity, nodes: args.nodes ?? defaultNodes, out, json }, io);
}

function refuse(args: Arguments, names: readonly (keyof Arguments & string)[], what: string, advice: string): void {
  const given = names.find((name) => args[name] !== undefined);
  if (given === undefined) return;
  throw new UsageError(`--${given === 'inputLayout' ? 'input-layout' : given} ${what}`, advice);
}

/** A slip must not replace a model by a picture of it. */
function wantEnding(option: string, file: string | undefined, ending: string): void {
  if (file === undefined || file.toLowerCase().endsWith(ending)) return;
  throw new UsageError(`--${option} ${file} does not end in ${ending}`, `name the file something${ending}`);
}

function wantWhole(option: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return;
  throw new UsageError(`--${option} ${value} is no whole number from 0`, 'give a count, such as 65536');
}
