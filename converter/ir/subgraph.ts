import type { Graph, Node, Port, Value, ValueId } from './graph.ts';
import { valueById } from './graph.ts';

/**
 * The part of a graph that computes `outputs` from `inputs`, as a graph of its own without states. Inputs and outputs have the names of
 * their values. Nodes before `inputs` and beside the way to `outputs` are left out; ids stay.
 *
 * `inputs` must cut the graph: whatever the part reads is computed in it, a constant, or one of `inputs`.
 */
export function subgraph(graph: Graph, inputs: readonly ValueId[], outputs: readonly ValueId[]): Graph {
  const given = new Set(inputs);
  const needed = new Set(outputs.filter((id) => !given.has(id)));
  const nodes: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((id) => needed.has(id))) continue;
    nodes.push(node);
    for (const id of node.inputs) if (!given.has(id)) needed.add(id);
  }
  nodes.reverse();
  const values = new Map<ValueId, Value>();
  const keep = (id: ValueId) => values.set(id, valueById(graph, id));
  for (const id of [...inputs, ...outputs]) keep(id);
  for (const node of nodes) for (const id of [...node.inputs, ...node.outputs]) keep(id);
  const port = (value: ValueId): Port => ({ name: valueById(graph, value).name, value });
  return { ...graph, inputs: inputs.map(port), outputs: outputs.map(port), states: [], values, nodes };
}

/** The graph of one node between its computed operands and its results. */
export function nodeGraph(graph: Graph, node: Node): Graph {
  const computed = node.inputs.filter((id) => valueById(graph, id).data === null);
  return subgraph(graph, [...new Set(computed)], node.outputs);
}
