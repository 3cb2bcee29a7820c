import { type Problem, ProblemError } from '../../converter/problem.ts';

/** Places that one problem names at most. */
const shownPlaces = 8;

/** Different problems that are told at most. */
const shownProblems = 40;

/** Collects the problems of many files, so that all of them are told at once. */
export class ProblemList {
  readonly #problems: Problem[] = [];

  /** What `work` gives; null where it ended with problems, which are kept. */
  try<T>(work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.#problems.push(...error.problems);
      return null;
    }
  }

  get isEmpty(): boolean {
    return this.#problems.length === 0;
  }

  add(problem: Problem): void {
    this.#problems.push(problem);
  }

  /** Throws ProblemError with everything that was kept. Files with the same fault are told together, by their names. */
  throwIfAny(): void {
    if (this.#problems.length === 0) return;
    const together = new Map<string, Problem[]>();
    for (const problem of this.#problems) {
      const key = JSON.stringify([problem.code, problem.what, problem.advice]);
      together.set(key, [...(together.get(key) ?? []), problem]);
    }
    const all = [...together.values()].flatMap((group) => merged(group));
    const shown = all.slice(0, shownProblems);
    const [first] = all;
    if (first !== undefined && all.length > shown.length) {
      shown.push({ ...first, where: 'and more', what: `${all.length - shown.length} other problems of this kind` });
    }
    throw new ProblemError(shown);
  }
}

function merged(group: readonly Problem[]): readonly Problem[] {
  const [first] = group;
  if (first === undefined) return [];
  const places = [...new Set(group.map(({ where }) => where))];
  const shown = places.slice(0, shownPlaces).join(', ');
  const more = places.length > shownPlaces ? ` and ${places.length - shownPlaces} more` : '';
  return [{ ...first, where: shown + more }];
}
