/**
 * What is wrong with a model, an option or a file, said so that a stranger can fix it.
 *
 * A problem is the user's to solve (exit code 1, 2 or 3); a fault of ours is an {@link InternalError} (exit code 70).
 */
export interface Problem {
  /** Stable kebab-case id, for scripts and for silencing warnings: `tflite-truncated`. */
  readonly code: string;
  /** The place in the user's own names: `Conv "block3/conv"`, `tensor 12 "bias"`, `byte 1204`, `--input image`. */
  readonly where: string;
  /** What is wrong, with the facts: `group=3 is not supported`. No full stop at the end. */
  readonly what: string;
  /** What to do next: `use 1 or the number of input channels (24)`. No full stop at the end. */
  readonly advice: string;
}

/** `where: what; advice` on one line. */
export function formatProblem(problem: Problem): string {
  return `${problem.where}: ${problem.what}; ${problem.advice}`;
}

/** What the user should know about a model that works: a choice that was made, a number format that was replaced. */
export interface Note {
  /** Stable kebab-case id: `onnx-narrowed`. */
  readonly code: string;
  /** The place in the user's own names: `input "x"`. */
  readonly where: string;
  /** What is so, with the facts. No full stop at the end. */
  readonly what: string;
}

/** `where: what` on one line. */
export function formatNote({ where, what }: Note): string {
  return `${where}: ${what}`;
}

/** One or more problems that end the work. Carries all problems found, not just the first. */
export class ProblemError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[]) {
    const list: readonly Problem[] = 'code' in problems ? [problems] : problems;
    super(list.map(formatProblem).join('\n'));
    this.name = 'ProblemError';
    this.problems = list;
  }
}

/** A broken promise of our own code. The message begins with `internal:` and the command exits with 70. */
export class InternalError extends Error {
  constructor(message: string) {
    super(`internal: ${message}`);
    this.name = 'InternalError';
  }
}

/** Throws {@link InternalError} unless `condition` holds: for what our own code promises, never for user input. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}
