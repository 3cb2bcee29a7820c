import pc from 'picocolors';
import { type Note, type Problem, ProblemError } from '../converter/problem.ts';
import type { CommandIo } from './io.ts';
import { writeJson } from './output/json.ts';
import { printable } from './output/text.ts';
import { UsageError } from './usage.ts';

/** Counted up when a field changes its meaning or goes away; new fields leave it as it is. */
export const schemaVersion = 1;

const report = 'please report it at the issue tracker of thimble, with the model if you may';

/** An error as the problems that a user sees; a fault of ours becomes one problem of code `internal`. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ProblemError) return error.problems;
  if (error instanceof UsageError) {
    return [{ code: 'usage', where: 'command line', what: error.message, advice: error.advice }];
  }
  const message = error instanceof Error ? error.message : String(error);
  const what = message.startsWith('internal: ') ? message : `internal: ${message}`;
  return [{ code: 'internal', where: 'thimble', what, advice: report }];
}

/**
 * Tells `error`: as `{"schemaVersion", "problems"}` on standard output with `json`, else as text on standard error.
 * A fault of ours begins with `internal:`; its stack follows where THIMBLE_DEBUG is set.
 */
export async function reportError(error: unknown, io: CommandIo, json: boolean): Promise<void> {
  const problems = problemsOf(error);
  if (json) await writeJson({ schemaVersion, problems }, io.stdout);
  else reportProblems(problems, io);
  const isOurs = problems.some(({ code }) => code === 'internal');
  if (isOurs && error instanceof Error && process.env.THIMBLE_DEBUG) io.stderr.write(`${error.stack ?? ''}\n`);
}

/** Tells problems as text on standard error. */
export function reportProblems(problems: readonly Problem[], io: CommandIo): void {
  io.stderr.write(`${problems.map((problem) => problemText(problem, io.color)).join('\n')}\n`);
}

/** Tells notes on standard error; with `--json` they stand in the value instead. */
export function reportNotes(notes: readonly Note[], io: CommandIo): void {
  const { bold, yellow } = pc.createColors(io.color);
  for (const { where, what } of notes)
    io.stderr.write(`${yellow('note')} ${bold(printable(where))}: ${printable(what)}\n`);
}

function problemText({ code, where, what, advice }: Problem, color: boolean): string {
  const { bold, red, dim } = pc.createColors(color);
  const place = code === 'internal' ? '' : `${bold(printable(where))}: `;
  const lines = [what, advice].map((text) => text.split('\n').map(printable).join('\n  '));
  return `${code === 'internal' ? '' : `${red('error')} `}${place}${lines[0]}\n  ${dim(lines[1] ?? '')}`;
}
