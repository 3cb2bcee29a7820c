import type { Graph, ValueId } from '../../../ir/graph.ts';

/** What a probe finds in a graph. */
export interface Probed {
  /** Bytes, milliseconds. */
  readonly value: number;
  /** Tensors whose channels should leave first, because they make the value what it is; null where all layers with weights count. */
  readonly culprits: ReadonlySet<ValueId> | null;
}

/** Measures a graph by a stage that compression does not know: the memory planner, an estimator. */
export type Probe = (graph: Graph) => Probed;

/** An upper bound of something that pruning makes smaller. */
export type Goal = {
  /** As the user gave it: `--macs 50%`. */
  readonly text: string;
} & (
  | { readonly kind: 'macs' | 'parameters'; readonly bound: { readonly share: number } | { readonly absolute: number } }
  | { readonly kind: 'sram' | 'latency'; readonly bound: { readonly absolute: number }; readonly probe: Probe }
);

/** What a goal came to. */
export interface GoalOutcome {
  readonly goal: Goal;
  readonly before: number;
  readonly after: number;
  /** The bound as a number. */
  readonly bound: number;
  readonly met: boolean;
}
