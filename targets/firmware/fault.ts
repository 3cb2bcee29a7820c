import { ProblemError } from '../../converter/problem.ts';

/** The problem of a file that is not what its name says. */
export function fault(code: string, where: string, what: string): ProblemError {
  return new ProblemError({ code, where, what, advice: 'build the firmware anew: thimble build' });
}
