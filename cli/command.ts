import type { Argv } from 'yargs';
import type { ExitCode } from './exit-code.ts';
import type { CommandIo } from './io.ts';

/** Runs the work of a command and keeps its exit code. */
export type Invoke = (work: (io: CommandIo) => Promise<ExitCode>) => Promise<void>;

/** One command of the command line. */
export interface Command {
  readonly name: string;
  /** Its options without hyphens, for suggestions. */
  readonly optionNames: readonly string[];
  /** Declares the command to yargs; its handler calls `invoke`. */
  readonly add: (cli: Argv<{ json: boolean }>, invoke: Invoke) => unknown;
}
