import { ProblemError } from '../../problem.ts';

/** Nodes and iterations that functions and sub-graphs of one model may unfold into. */
const unrolledLimit = 2 ** 15;

/** Elements of all constants that unfolded nodes make. */
const elementLimit = 2 ** 26;

/** Counts what a small file unfolds into: loops in loops and functions that call functions grow without end. */
export class UnrollBudget {
  #spent = 0;
  #elements = 0;

  /** Whether `count` more nodes are certainly too many. */
  exceededBy(count: number): boolean {
    return !(this.#spent + count <= unrolledLimit);
  }

  /**
   * One more node or iteration.
   *
   * @throws ProblemError above the limit
   */
  spend(place: string): void {
    if (++this.#spent > unrolledLimit) throw tooMuch(place);
  }

  /**
   * A constant of so many elements that an unfolded node makes.
   *
   * @throws ProblemError above the limit for all of them together
   */
  spendElements(count: number, place: string): void {
    this.#elements += count;
    if (this.#elements > elementLimit) throw tooMuch(place);
  }
}

export function tooMuch(place: string): ProblemError {
  return new ProblemError({
    code: 'onnx-unrolled',
    where: place,
    what: `loops and functions unfold into more than ${unrolledLimit} operators here`,
    advice: 'give a smaller trip count, or do the repetition outside of the model',
  });
}
