import yargs from 'yargs';
import type { Command } from './command.ts';
import { benchCommand } from './commands/bench.ts';
import { buildCommand } from './commands/build.ts';
import { compareCommand } from './commands/compare.ts';
import { convertCommand } from './commands/convert.ts';
import { doctorCommand } from './commands/doctor.ts';
import { estimateCommand } from './commands/estimate.ts';
import { flashCommand } from './commands/flash.ts';
import { inspectCommand } from './commands/inspect.ts';
import { packCommand } from './commands/pack.ts';
import { planCommand } from './commands/plan.ts';
import { profileCommand } from './commands/profile.ts';
import { pruneCommand } from './commands/prune.ts';
import { quantizeCommand } from './commands/quantize.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { serveCommand } from './commands/serve.ts';
import { targetsCommand } from './commands/targets.ts';
import { verifyCommand } from './commands/verify.ts';
import { type ExitCode, exitCodeOf, exitCodes } from './exit-code.ts';
import { type CommandIo, print } from './io.ts';
import { commonOptions } from './options/common.ts';
import { writeJson } from './output/json.ts';
import { reportError, schemaVersion } from './report-error.ts';
import { nearest, UsageError } from './usage.ts';
import { thimbleVersion } from './version.ts';

const commands: readonly Command[] = [
  inspectCommand,
  planCommand,
  pruneCommand,
  quantizeCommand,
  convertCommand,
  runCommand,
  verifyCommand,
  serveCommand,
  benchCommand,
  packCommand,
  buildCommand,
  flashCommand,
  targetsCommand,
  estimateCommand,
  compareCommand,
  profileCommand,
  reportCommand,
  doctorCommand,
];

/** Options that may be given more than once. */
const repeatable: ReadonlySet<string> = new Set([
  ...(['input', 'shape', 'dim', 'fix', 'samples', 'layer', 'test', 'budget'] as const),
  ...(['keep', 'perLayer', 'per-layer', 'set'] as const),
  ...(['models', 'feed', 'max'] as const),
]);

/** What commands are about, where that is not just a model file. */
const wanted: Readonly<Record<string, string>> = {
  compare: 'two reports',
  report: 'a model file or a folder that thimble convert wrote',
  serve: 'a folder that thimble convert --to wasm wrote, or a model file',
};

const epilogue = `Exit codes: 0 done, 1 the model or an option is at fault, 2 wrong usage, 3 does not fit, 70 a fault of thimble.`;

/**
 * Runs one command line, without the program's name. Never throws: everything ends in an exit code, problems are told on
 * `io.stderr`, or with `--json` on `io.stdout`.
 */
export async function main(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const json = argv.includes('--json');
  try {
    return await dispatch(argv, io, json);
  } catch (error) {
    await reportError(error, io, json);
    return exitCodeOf(error);
  }
}

async function dispatch(argv: readonly string[], io: CommandIo, json: boolean): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  let text = '';
  const cli = declare(argv, io);
  for (const command of commands) {
    command.add(cli, async (work) => {
      code = await work(io);
    });
  }
  cli.command('$0', false, {}, () => {
    throw new UsageError('no command was given', 'see thimble --help');
  });
  await cli.parseAsync([...argv], {}, (_error: unknown, _argv: unknown, output: string) => {
    text = output;
  });
  if (text === '') return code;
  const isVersion = text === thimbleVersion();
  if (!json) await print(io, text);
  else await writeJson({ schemaVersion, ...(isVersion ? { version: text } : { help: text }) }, io.stdout);
  return code;
}

function declare(argv: readonly string[], io: CommandIo) {
  return yargs()
    .scriptName('thimble')
    .usage('$0 <command> [options]\n\nTurns trained models into exact WASM bundles and C packages.')
    .options(commonOptions)
    .locale('en')
    .strict()
    .exitProcess(false)
    .version(thimbleVersion())
    .help()
    .alias('h', 'help')
    .wrap(Math.min(120, io.columns))
    .epilogue(epilogue)
    .parserConfiguration({ 'greedy-arrays': false, 'parse-positional-numbers': false })
    .check(checkValues, true)
    .fail((message, error) => {
      throw error instanceof Error && error.name !== 'YError'
        ? error
        : usageError(message ?? error?.message ?? '', argv);
    });
}

/** What yargs lets pass: values that are no numbers, and options given twice. */
function checkValues(args: Readonly<Record<string, unknown>>): true {
  for (const [name, value] of Object.entries(args)) {
    if (name === '_' || name === '$0') continue;
    if (Array.isArray(value) && !repeatable.has(name)) throw new UsageError(`--${name} is given twice`, 'give it once');
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new UsageError(`the value of --${name} is no number`, 'give a decimal number');
    }
  }
  return true;
}

/** A message of yargs in our words, with a suggestion where a word is a slip of one that we know. */
function usageError(message: string, argv: readonly string[]): UsageError {
  const names = commands.map(({ name }) => name);
  const [first = ''] = argv.filter((word) => !word.startsWith('-'));
  const see = names.includes(first) ? `see thimble ${first} --help` : 'see thimble --help';
  const choice = /Argument: ([\w-]+), Given: "(.*)", Choices: (.+)$/s.exec(message);
  if (choice !== null) {
    const [, option = '', given = '', known = ''] = choice;
    const near = nearest(given, known.replaceAll('"', '').split(', '));
    const advice = `${near === null ? '' : `did you mean ${near}? `}choose one of ${known.replaceAll('"', '')}`;
    return new UsageError(`--${option} does not know "${given}"`, advice);
  }
  if (message.startsWith('Not enough non-option arguments')) {
    return new UsageError(`${first} wants ${wanted[first] ?? 'a model file'}`, see);
  }
  const missing = /^Missing required arguments?: (.+)$/s.exec(message)?.[1]?.split(', ') ?? [];
  if (missing.length > 0) {
    const [option = ''] = missing;
    const advice = option === 'to' ? `write --to wasm for web pages, --to c for firmware; ${see}` : see;
    return new UsageError(`${missing.map((name) => `--${name}`).join(' and ')} is missing`, advice);
  }
  const unknown = /^Unknown (?:argument|command)s?: (.+)$/s.exec(message)?.[1]?.split(', ') ?? [];
  if (unknown.length > 0 && !names.includes(first) && first !== '') {
    return new UsageError(
      `there is no command "${first}"`,
      suggestion([first], names, '') ?? `use ${names.join(', ')}`,
    );
  }
  const lists = ['--samples', '--test'].filter((word) => argv.includes(word));
  if (lists.length > 0 && unknown.some((word) => /\.\w+$/.test(word))) {
    const several = lists.map((word) => `${word} "folder/*.png"`).join(', ');
    return new UsageError(
      `${unknown.length} files stand where none belongs: ${unknown.slice(0, 3).join(', ')}`,
      `write patterns in quotes, so that thimble sees them: ${several}; or repeat the option`,
    );
  }
  const options = commands.find(({ name }) => name === first)?.optionNames ?? [];
  const advice = suggestion(unknown, [...options, ...Object.keys(commonOptions), 'help'], '--') ?? see;
  return new UsageError(message === '' ? 'the command line is not understood' : lowerFirst(message.trim()), advice);
}

/** `did you mean --json?`, or null where no word is near a known one. */
function suggestion(words: readonly string[], known: readonly string[], prefix: string): string | null {
  const near = words.flatMap((word) => nearest(word.replace(/^no-/, ''), known) ?? []);
  return near.length === 0 ? null : `did you mean ${near.map((word) => prefix + word).join(', ')}?`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
