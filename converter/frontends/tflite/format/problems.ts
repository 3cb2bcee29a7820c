import { type Problem, ProblemError } from '../../../problem.ts';

/** How many problems of one file are told. */
export const problemLimit = 50;

/** Gathers what is wrong with a file, up to {@link problemLimit}; the rest is counted. */
export class ProblemList {
  readonly #problems: Problem[] = [];
  #untold = 0;

  add(problem: Problem): void {
    if (this.#problems.length < problemLimit) this.#problems.push(problem);
    else this.#untold++;
  }

  /** Throws a {@link ProblemError} with everything gathered; returns when there is nothing. */
  throwIfAny(): void {
    if (this.#problems.length === 0) return;
    if (this.#untold === 0) throw new ProblemError(this.#problems);
    const more: Problem = {
      code: 'tflite-more-problems',
      where: 'the model',
      what: `and ${this.#untold} more problems`,
      advice: 'solve the ones above first; they often have one cause',
    };
    throw new ProblemError([...this.#problems, more]);
  }
}

const nameLimit = 80;

/** A name from a file for use in a message: quoted, control characters escaped, long names cut. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > nameLimit ? `${name.slice(0, nameLimit)}...` : name);
}

/** Up to eight numbers for use in a message: `[1, 2, 3, ... 40 numbers]`. */
export function listNumbers(numbers: readonly number[]): string {
  if (numbers.length <= 8) return `[${numbers.join(', ')}]`;
  return `[${numbers.slice(0, 8).join(', ')}, ... ${numbers.length} numbers]`;
}
