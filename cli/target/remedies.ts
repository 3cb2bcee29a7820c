import type { Graph } from '../../converter/ir/graph.ts';
import type { Fit } from '../../converter/plan/fit.ts';
import type { Target } from '../../converter/plan/target.ts';

/** Something that makes a model smaller, with what it needs then. */
export interface Remedy {
  /** What to do: `int8 instead of float`. */
  readonly what: string;
  readonly sramBytes: number;
  readonly flashBytes: number;
  readonly macs: number;
}

/** What would make `graph` fit into `target`, computed and not guessed. */
export function remedies(_graph: Graph, _target: Target, _fit: Fit): readonly Remedy[] {
  return [];
}
