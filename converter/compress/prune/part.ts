import { type Graph, type Node, type NodeId, nodeId, type ValueId, valueById, valueId } from '../../ir/graph.ts';
import { subgraph } from '../../ir/subgraph.ts';
import { noClamp } from '../../ops/definition.ts';
import type { Op } from '../../ops/op.ts';
import { InternalError } from '../../problem.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Executor } from '../executor.ts';

/** Tensors of one inference that were asked for, in the order of the question. */
export type Look = (inputs: readonly Tensor[]) => readonly Tensor[];

/**
 * Runs the part of a graph that computes `values`; inputs of the graph and constants are given back as they are. A graph with states runs as a
 * whole, and its states go on from one call to the next.
 */
export function lookAt(graph: Graph, values: readonly ValueId[], execute: Executor): Look {
  const computed = new Set(graph.nodes.flatMap((node) => node.outputs));
  const wanted = [...new Set(values.filter((id) => computed.has(id)))];
  const inputs = graph.inputs.map(({ value }) => value);
  const run = wanted.length === 0 ? () => [] : execute(partOf(graph, inputs, wanted));
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

function partOf(graph: Graph, inputs: readonly ValueId[], wanted: readonly ValueId[]): Graph {
  if (graph.states.length === 0) return subgraph(graph, inputs, wanted);
  return { ...graph, outputs: wanted.map((value) => ({ name: valueById(graph, value).name, value })) };
}

function constantTensor(graph: Graph, id: ValueId): Tensor | undefined {
  const value = graph.values.get(id);
  return value?.data == null ? undefined : { type: value.type, data: value.data };
}

/** A graph that also computes what a node gives before its clamp. */
export interface Unclamped {
  readonly graph: Graph;
  readonly value: ValueId;
}

/** The graph with a twin of the node that has no clamp; the node itself and what it feeds stay as they are. */
export function unclamped(graph: Graph, id: NodeId): Unclamped {
  const index = graph.nodes.findIndex((node) => node.id === id);
  const node = graph.nodes[index];
  const [output] = node?.outputs ?? [];
  if (node === undefined || output === undefined) throw new InternalError(`graph "${graph.name}" has no node ${id}`);
  const value = valueId(Math.max(...graph.values.keys()) + 1);
  const twin: Node = {
    id: nodeId(Math.max(...graph.nodes.map((one) => one.id)) + 1),
    name: node.name,
    op: open(node.op),
    inputs: node.inputs,
    outputs: [value],
  };
  const { name, type } = valueById(graph, output);
  const values = new Map(graph.values).set(value, { id: value, name: `${name}/before the clamp`, type, data: null });
  return { graph: { ...graph, values, nodes: graph.nodes.toSpliced(index + 1, 0, twin) }, value };
}

/** The graph with a twin without clamp for each of several nodes, and the results of these twins. */
export function allUnclamped(
  graph: Graph,
  ids: readonly NodeId[],
): { readonly graph: Graph; readonly values: readonly ValueId[] } {
  const values: ValueId[] = [];
  const changed = ids.reduce((last, id) => {
    const next = unclamped(last, id);
    values.push(next.value);
    return next.graph;
  }, graph);
  return { graph: changed, values };
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
