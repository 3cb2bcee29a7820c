import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { Command } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import type { CommandIo } from '../io.ts';
import { UsageError } from '../usage.ts';

const options = {
  max: {
    type: 'string',
    array: true,
    nargs: 1,
    describe:
      'How much worse the second may be: "arena=+2%", "latency:nano33ble=+5%", "gzip=+1k", "accuracy=-0.5" (points), or what it may take: "sram=64k"; commas or repeat for more',
  },
  thresholds: {
    type: 'string',
    nargs: 1,
    describe: 'A JSON file of thresholds: {"max": {"arena": "+2%", "sram": ["+1k", "64k"]}}',
  },
  markdown: {
    type: 'string',
    describe:
      'Markdown for a comment on a pull request, in place of the table, or as well into a file: --markdown=FILE.md',
  },
} as const;

/** `thimble compare`: what changed from one report to another, and whether that is too much. */
export const compareCommand: Command = {
  name: 'compare',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'compare <before> <after>',
      'Tell what changed between two reports of thimble report, with thresholds for CI',
      (y) =>
        y
          .positional('before', { type: 'string', demandOption: true, describe: 'A report: its page or its JSON' })
          .positional('after', { type: 'string', demandOption: true, describe: 'The report to hold against it' })
          .options(options)
          .example('$0 compare main.html mine.html', 'before, after and change of everything that differs')
          .example('$0 compare main.html mine.html --max "arena=+2%,latency=+5%"', 'ends with 3 where it is more')
          .epilogue(
            'Exit codes of compare: 0 within the thresholds, or there are none; 3 a threshold is exceeded; 1 a report or a threshold is at fault, or a report lacks what a threshold names.',
          ),
      (args) => invoke((io) => compare(args, io)),
    ),
};

type Arguments = ArgumentsCamelCase<
  InferredOptionTypes<typeof options> & { before: string; after: string; json: boolean }
>;

async function compare(args: Arguments, io: CommandIo): Promise<ExitCode> {
  const { before, after, markdown, json } = args;
  // A word after --markdown that is a report was meant to be compared, and must not be replaced by a comment.
  if (markdown !== undefined && markdown !== '' && !/\.(?:md|markdown)$/i.test(markdown)) {
    throw new UsageError(
      `--markdown ${markdown} does not end in .md`,
      'name the file something.md, or put --markdown last to have it on standard output',
    );
  }
  if (markdown === '' && json) {
    throw new UsageError('--json and --markdown both want standard output', 'name a file: --markdown=FILE.md');
  }
  const { compareFiles } = await import('../compare/compare-files.ts');
  const { max, thresholds } = args;
  return compareFiles(
    { before, after, max: max ?? [], thresholds: thresholds ?? null, markdown: markdown ?? null, json },
    io,
  );
}
