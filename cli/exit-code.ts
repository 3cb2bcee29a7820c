import { ProblemError } from '../converter/problem.ts';
import { UsageError } from './usage.ts';

/** What the process ends with; stated in `--help`. */
export const exitCodes = {
  done: 0,
  /** The model, a file or the value of an option is at fault; `verify` found a difference. */
  fault: 1,
  /** Unknown command or option, missing argument. */
  usage: 2,
  /** The model is right, but too large for the place. */
  doesNotFit: 3,
  /** A fault of thimble. */
  internal: 70,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The code of the problem that a model does not fit where it should go. */
export const doesNotFitCode = 'does-not-fit';

/** The exit code that an error calls for. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return exitCodes.usage;
  if (!(error instanceof ProblemError)) return exitCodes.internal;
  return error.problems.every(({ code }) => code === doesNotFitCode) ? exitCodes.doesNotFit : exitCodes.fault;
}
