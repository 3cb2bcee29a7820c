import { isAbsolute, join } from 'node:path';
import { processWantsColor } from './output/color.ts';
import { type Progress, type ProgressStream, startProgress } from './output/progress.ts';

/** Where a command reads and writes. Tests give their own. */
export interface CommandIo {
  /** Results only: text, or one JSON value. */
  readonly stdout: NodeJS.WritableStream;
  /** Problems, notes and progress. */
  readonly stderr: NodeJS.WritableStream & ProgressStream;
  /** Relative paths start here. */
  readonly cwd: string;
  /** Whether text may be coloured. */
  readonly color: boolean;
  /** Columns of the terminal, for help texts. */
  readonly columns: number;
  /** Ends a command that waits, as Ctrl+C does; without it that alone. */
  readonly stop?: AbortSignal;
}

/** The streams of this process; colours as NO_COLOR, FORCE_COLOR and the terminal say. */
export function processIo(): CommandIo {
  const { stdout, stderr } = process;
  return { stdout, stderr, cwd: process.cwd(), color: processWantsColor(), columns: stdout.columns ?? 100 };
}

/** `path` as the file system functions need it; paths below the process's own folder stay as they were typed. */
export function resolvePath(io: CommandIo, path: string): string {
  return isAbsolute(path) || io.cwd === process.cwd() ? path : join(io.cwd, path);
}

/** Writes `text` and a line break to standard output; resolves when the stream has taken it. */
export function print(io: CommandIo, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    io.stdout.write(`${text}\n`, (error) => {
      if (error === null || error === undefined || ('code' in error && error.code === 'EPIPE')) resolve();
      else reject(error);
    });
  });
}

/** A progress line on standard error, where that is a terminal. */
export function progressOn(io: CommandIo, title: string): Progress {
  return startProgress(title, io.stderr);
}
