import type { Graph } from '../../converter/ir/graph.ts';
import type { Problem } from '../../converter/problem.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';

/** What became of a case on one back end. */
export type Outcome =
  | { readonly kind: 'pass' }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | { readonly kind: 'wrong'; readonly why: string };

/** One run: inputs and expected outputs in the order of the graph's ports; null for an output of which nothing is known. */
export interface Step {
  readonly inputs: readonly Tensor[];
  readonly expected: readonly (Tensor | null)[];
}

/** A graph to run, with runs one after another from its initial state. */
export interface Job {
  /** As imported. */
  readonly graph: Graph;
  readonly steps: readonly Step[];
  /** The part of the largest expected magnitude by which floats may differ. */
  readonly tolerance: number;
  /** The names of inputs whose values the model wants as constants: they were fixed. */
  readonly fixed: readonly string[];
}

/** The outputs of each step, or why there are none. */
export type RunOutcome =
  | { readonly kind: 'ran'; readonly outputs: readonly (readonly Tensor[])[] }
  | Exclude<Outcome, { kind: 'pass' }>;
