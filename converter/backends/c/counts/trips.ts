import type { Kinds } from './kinds.ts';

/** How often one kind of statement, loop or called function is executed. */
export interface Trip {
  readonly count: number;
  /** What it is made of, for the costs of what has none of its own. */
  readonly kinds: Kinds;
}

/** How often everything in a layer is executed, by the text of the statement and the function that it is in. */
export class Trips {
  readonly all = new Map<string, Trip>();

  add(key: string, count: number, kinds: Kinds): void {
    const before = this.all.get(key);
    this.all.set(key, { count: (before?.count ?? 0) + count, kinds: before?.kinds ?? kinds });
  }

  /** Adds `rounds` times what is in `other`. */
  addAll(other: Trips, rounds: number): void {
    for (const [key, { count, kinds }] of other.all) this.add(key, count * rounds, kinds);
  }
}
