import { type Problem, ProblemError } from '../../problem.ts';

/** A fault of the file itself, not of what it asks for. */
export function kerasDamaged(where: string, what: string): ProblemError {
  return kerasProblem('keras-damaged', where, what, 'download or save the model again');
}

export function kerasProblem(code: string, where: string, what: string, advice: string): ProblemError {
  const problem: Problem = { code, where, what, advice };
  return new ProblemError(problem);
}
