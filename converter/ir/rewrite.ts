import { InternalError } from '../problem.ts';
import { type Graph, type Node, type Uses, usesOf } from './graph.ts';
import { applyPatch, type Patch } from './patch.ts';
import { type TakenUp, takenUp } from './taken-up.ts';
import { graphViolations } from './verify.ts';

/** One small local rewrite: a patch where the pattern is found at `node`, else null. The result is never worse. */
export interface Rule {
  readonly name: string;
  match(graph: Graph, node: Node, uses: Uses): Patch | null;
}

/** What a rule did, for `--emit` and for bug reports. */
export interface AppliedPatch {
  readonly rule: string;
  readonly reason: string;
  /** Nodes that became part of others. */
  readonly took: readonly TakenUp[];
}

export interface RewriteResult {
  readonly graph: Graph;
  readonly applied: readonly AppliedPatch[];
}

/**
 * Applies the rules until none fires, checking the graph after each patch.
 *
 * A sweep visits every node once; a rule set that still fires after `4 * nodes + 64` sweeps is a fault of ours.
 */
export function rewrite(graph: Graph, rules: readonly Rule[]): RewriteResult {
  const applied: AppliedPatch[] = [];
  const limit = 4 * graph.nodes.length + 64;
  for (let sweep = 0; ; sweep++) {
    if (sweep > limit)
      throw new InternalError(`rules ${rules.map((rule) => rule.name).join(', ')} do not come to an end`);
    const next = sweepOnce(graph, rules, applied);
    if (next === graph) return { graph, applied };
    graph = next;
  }
}

function sweepOnce(start: Graph, rules: readonly Rule[], applied: AppliedPatch[]): Graph {
  let graph = start;
  let uses = usesOf(graph);
  for (const node of start.nodes) {
    for (const rule of rules) {
      const current = uses.nodes.get(node.id);
      if (current === undefined) break;
      const patch = rule.match(graph, current, uses);
      if (patch === null) continue;
      const took = takenUp(patch, uses);
      graph = applyPatch(graph, patch);
      const wrong = graphViolations(graph);
      if (wrong.length > 0)
        throw new InternalError(`rule ${rule.name} (${patch.reason}) broke the graph: ${wrong.join('; ')}`);
      applied.push({ rule: rule.name, reason: patch.reason, took });
      uses = usesOf(graph);
    }
  }
  return graph;
}
