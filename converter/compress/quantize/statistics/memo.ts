import type { Graph } from '../../../ir/graph.ts';

/** A result as it is kept: numbers in arrays, everything else as a JSON value. */
export interface Kept {
  readonly json: unknown;
  readonly arrays: readonly Float64Array[];
}

/** How a result is kept. */
export interface Codec<T> {
  readonly keep: (value: T) => Kept;
  /** Null where what was kept is not of this kind or does not fit. */
  readonly restore: (kept: Kept) => T | null;
}

/** What is kept of work on samples, from one try to the next. One memo belongs to one list of samples. */
export interface Memo {
  /**
   * The result of `work` on `graph` over the samples, as it was kept, or as `compute` finds it now.
   *
   * @param work names what is computed, with everything that it depends on beside graph and samples
   */
  readonly recall: <T>(work: string, graph: Graph, codec: Codec<T>, compute: () => T) => T;
}

/** Keeps nothing. */
export const noMemo: Memo = { recall: (_work, _graph, _codec, compute) => compute() };
