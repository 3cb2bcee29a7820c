import { type Graph, isNode, type Node, type ValueId, valueById } from '../../ir/graph.ts';
import { channelRule } from '../../ops/registry.ts';
import type { TensorType } from '../../tensor/tensor.ts';
import { type RetypedNode, retypedGraph } from './retype.ts';

/**
 * The graph with `share` of the channels of every layer that may lose some: all but those of inputs and outputs, of states, and of what
 * goes into or comes out of an operator that takes channels for something else. An estimate of a pruned model; for planning only. Null
 * where no layer may, or the layers do not take it.
 */
export function withFewerChannels(graph: Graph, share: number): Graph | null {
  const fixed = fixedValues(graph);
  const count = (channels: number) => Math.max(1, Math.round(channels * share));
  let changed = 0;
  const retyped = retypedGraph(graph, new Map(), (node, inputs): RetypedNode => {
    const [output] = node.outputs;
    const old = node.inputs.map((id) => valueById(graph, id).type);
    const channels = output === undefined ? undefined : valueById(graph, output).type.shape.at(-1);
    if (output === undefined || channels === undefined) return { op: node.op, inputs };
    const mine = fixed.has(output) ? channels : count(channels);
    if (mine !== channels) changed++;
    const isConstant = (i: number) => valueById(graph, node.inputs[i] ?? output).data !== null;
    if (channelRule(node.op, old) === 'mixes') {
      const read = inputs[0]?.shape.at(-1) ?? 1;
      return { op: node.op, inputs: inputs.map((type, i) => (isConstant(i) ? mixing(type, i, mine, read) : type)) };
    }
    const kept = inputs.map((type, i) =>
      isConstant(i) && type.shape.at(-1) === channels ? sized(type, -1, mine) : type,
    );
    return { op: withShapeOf(node, mine), inputs: kept };
  });
  return changed === 0 ? null : retyped;
}

/** Weights [O,..,I] and biases [O] of a layer with so many channels. */
function mixing(type: TensorType, index: number, made: number, read: number): TensorType {
  return index === 1 ? sized(sized(type, 0, made), -1, read) : sized(type, -1, made);
}

/** A type with another size along an axis, and as many scales. */
function sized(type: TensorType, at: number, size: number): TensorType {
  const { shape, quantization: q } = type;
  const axis = at < 0 ? shape.length + at : at;
  const quantization =
    q.kind === 'per-channel' && q.axis === axis
      ? { ...q, scales: q.scales.slice(0, size), zeroPoints: q.zeroPoints.slice(0, size) }
      : q;
  return { ...type, shape: shape.map((old, i) => (i === axis ? size : old)), quantization };
}

/** A reshape keeps the channels, see {@link keepsChannels}. */
function withShapeOf(node: Node, channels: number): Node['op'] {
  if (!isNode(node, 'reshape')) return node.op;
  return { type: 'reshape', attributes: { shape: [...node.op.attributes.shape.slice(0, -1), channels] } };
}

/** Values whose channels stay: they, or others that must have as many, are outside, or go where channels are not channels. */
function fixedValues(graph: Graph): ReadonlySet<ValueId> {
  const computed = (ids: readonly ValueId[]) => ids.filter((id) => valueById(graph, id).data === null);
  const fixed = new Set<ValueId>([
    ...[...graph.inputs, ...graph.outputs].map(({ value }) => value),
    ...graph.states.flatMap(({ value, next }) => [value, next]),
  ]);
  const groups: (readonly ValueId[])[] = [];
  for (const node of graph.nodes) {
    const types = node.inputs.map((id) => valueById(graph, id).type);
    const rule = keepsChannels(graph, node) ? 'keeps' : channelRule(node.op, types);
    const operands = [...computed(node.inputs), ...node.outputs];
    if (rule === 'opaque') for (const id of operands) fixed.add(id);
    else if (rule === 'keeps') groups.push(operands);
  }
  // What keeps its channels passes the bond on, against the order of the graph too.
  for (let size = -1; size !== fixed.size; ) {
    size = fixed.size;
    for (const group of groups) if (group.some((id) => fixed.has(id))) for (const id of group) fixed.add(id);
  }
  return fixed;
}

/** Whether a node is a reshape that leaves the last axis alone. */
function keepsChannels(graph: Graph, node: Node): boolean {
  const [input] = node.inputs;
  if (!isNode(node, 'reshape') || input === undefined) return false;
  return valueById(graph, input).type.shape.at(-1) === node.op.attributes.shape.at(-1);
}
