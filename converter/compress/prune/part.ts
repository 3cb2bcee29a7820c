import type { Graph, Node, ValueId } from '../../ir/graph.ts';
import { subgraph } from '../../ir/subgraph.ts';
import { noClamp } from '../../ops/definition.ts';
import type { Op } from '../../ops/op.ts';
import { type Tensor, zeros } from '../../tensor/tensor.ts';
import type { Executor } from '../executor.ts';

/** Tensors of one inference that were asked for, in the order of the question. */
export type Look = (inputs: readonly Tensor[]) => readonly Tensor[];

/** Runs the part of a graph that computes `values`; inputs of the graph and constants are given back as they are. */
export function lookAt(source: Graph, values: readonly ValueId[], execute: Executor): Look {
  const graph = atFirstRun(source);
  const computed = new Set(graph.nodes.flatMap((node) => node.outputs));
  const wanted = [...new Set(values.filter((id) => computed.has(id)))];
  const inputs = graph.inputs.map(({ value }) => value);
  const run = wanted.length === 0 ? () => [] : execute(subgraph(graph, inputs, wanted));
  return (given) => {
    const outputs = run(given);
    return values.map((id) => {
      const index = wanted.indexOf(id);
      const tensor = index >= 0 ? outputs[index] : (given[inputs.indexOf(id)] ?? constantTensor(graph, id));
      if (tensor === undefined) throw new RangeError(`%${id} is neither computed nor an input nor a constant`);
      return tensor;
    });
  };
}

function constantTensor(graph: Graph, id: ValueId): Tensor | undefined {
  const value = graph.values.get(id);
  return value?.data == null ? undefined : { type: value.type, data: value.data };
}

/** The graph as it is at its first run: what states hold at the beginning are constants. Samples are independent of one another. */
export function atFirstRun(graph: Graph): Graph {
  if (graph.states.length === 0) return graph;
  const values = new Map(graph.values);
  for (const { value: id, initial } of graph.states) {
    const value = values.get(id);
    if (value !== undefined) values.set(id, { ...value, data: initial ?? zeros(value.type).data });
  }
  return { ...graph, values, states: [] };
}

/** The graph in which `nodes` give their results as they are before their clamps. */
export function withoutClamps(graph: Graph, nodes: ReadonlySet<Node['id']>): Graph {
  return { ...graph, nodes: graph.nodes.map((node) => (nodes.has(node.id) ? { ...node, op: open(node.op) } : node)) };
}

function open(op: Op): Op {
  switch (op.type) {
    case 'conv-2d':
      return { type: op.type, attributes: { ...op.attributes, clamp: noClamp } };
    case 'depthwise-conv-2d':
      return { type: op.type, attributes: { ...op.attributes, clamp: noClamp } };
    case 'fully-connected':
      return { type: op.type, attributes: { ...op.attributes, clamp: noClamp } };
    case 'zip':
      return { type: op.type, attributes: { ...op.attributes, clamp: noClamp } };
    default:
      return op;
  }
}
