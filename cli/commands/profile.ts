import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { Command } from '../command.ts';
import { countingNames } from '../engine/engine.ts';
import type { ExitCode } from '../exit-code.ts';
import type { CommandIo } from '../io.ts';
import { UsageError } from '../usage.ts';

const options = {
  on: { choices: ['node', ...countingNames], describe: 'Measure here: in this Node.js, or count on an emulated board' },
  serve: {
    type: 'boolean',
    default: false,
    describe: 'Serve the page that a browser measures with, and wait for its result',
  },
  host: {
    type: 'string',
    nargs: 1,
    default: '127.0.0.1',
    describe: 'Address to serve on; 0.0.0.0 lets phones of your network in',
  },
  port: { type: 'number', nargs: 1, default: 0, describe: 'Port to serve on; 0 for a free one' },
  page: { type: 'string', nargs: 1, describe: 'Write the page as one file, to open on the device' },
  from: { type: 'string', nargs: 1, describe: 'Result of the page, as a file or - for standard input' },
  firmware: {
    type: 'string',
    nargs: 1,
    describe: 'Write C sources that time layers on a microcontroller to this folder',
  },
  fromLine: { type: 'string', nargs: 1, describe: 'Line that the firmware printed, or a log with it, as a file or -' },
  seconds: { type: 'number', nargs: 1, default: 120, describe: 'How long to measure in a browser or Node.js' },
  quick: { type: 'boolean', default: false, describe: 'A few layers only: to try it out' },
  out: { type: 'string', nargs: 1, describe: 'Profile file to write (mine.json), for --target' },
  name: { type: 'string', nargs: 1, describe: 'Name of the profile (default: that of the file)' },
  extends: { type: 'string', nargs: 1, describe: 'Target that the profile extends: the chip of the device' },
  core: { type: 'string', nargs: 1, describe: 'Core of that chip that was measured (default: its first)' },
  force: { type: 'boolean', default: false, describe: 'Overwrite a file that thimble profile did not write' },
} as const;

/** `thimble profile`: measures a device, and writes a target profile that predicts models on it. */
export const profileCommand: Command = {
  name: 'profile',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'profile',
      'Measure a browser, phone, computer or microcontroller, and write its profile for --target',
      (y) => y.options(options),
      (args) => invoke((io) => profile(args, io)),
    ),
};

/** The options of the command. */
export type ProfileArguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { json: boolean }>;

/** What the command can be asked to do; one of them. */
const modes = ['on', 'serve', 'page', 'from', 'firmware', 'fromLine'] as const;

async function profile(args: ProfileArguments, io: CommandIo): Promise<ExitCode> {
  const [mode, ...others] = modes.filter((name) => args[name] !== undefined && args[name] !== false);
  if (mode === undefined || others.length > 0) {
    const message =
      mode === undefined
        ? 'there is nothing to measure'
        : `--${flag(mode)} and --${flag(others[0] ?? mode)} exclude each other`;
    throw new UsageError(message, `give one of ${modes.map((name) => `--${flag(name)}`).join(', ')}`);
  }
  if (!(args.seconds >= 1 && args.seconds <= 3600))
    throw new UsageError(`--seconds ${args.seconds} is not between 1 and 3600`, 'give 120');
  const isMcu = mode === 'firmware' || mode === 'fromLine' || (mode === 'on' && args.on !== 'node');
  if (isMcu) return (await import('../profile/mcu-command.ts')).profileMcu(args, io);
  return (await import('../profile/web-command.ts')).profileWeb(args, io);
}

const flag = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
