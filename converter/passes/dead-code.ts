import { type Graph, usesOf, type ValueId } from '../ir/graph.ts';
import { PatchBuilder } from '../ir/patch.ts';
import type { Rule } from '../ir/rewrite.ts';

/** A node whose results nobody reads does nothing. */
export const eliminateDeadNodes: Rule = {
  name: 'eliminate-dead-nodes',
  match(graph, node, uses) {
    const read = node.outputs.some((id) => uses.consumers.has(id) || uses.outputs.has(id));
    return read ? null : new PatchBuilder(graph, node).remove(node).finish(`nobody reads the result of ${node.name}`);
  },
};

/** The graph without constants that nobody reads. */
export function dropUnusedConstants(graph: Graph): Graph {
  const uses = usesOf(graph);
  const keep = ([id, value]: [ValueId, { data: unknown }]) => {
    return value.data === null || uses.consumers.has(id) || uses.outputs.has(id);
  };
  const values = new Map([...graph.values].filter(keep));
  return values.size === graph.values.size ? graph : { ...graph, values };
}
