import { type Graph, type Port, valueById } from './graph.ts';

/**
 * The graph with every computed tensor as an output, in the order of execution and under its own name. It does the same
 * work, but no tensor is overwritten by a later one: for looking inside a back end that shows outputs only.
 */
export function exposeTensors(graph: Graph): Graph {
  const outputs = graph.nodes.flatMap((node) =>
    node.outputs.map((value): Port => ({ name: valueById(graph, value).name, value })),
  );
  return outputs.length === 0 ? graph : { ...graph, outputs };
}
