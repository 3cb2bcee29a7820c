import { constantOf, type Graph, isNode, type Node, type ValueId, valueById, valueId } from '../ir/graph.ts';
import { dimension } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A node that multiplies its input with weights and sums up. */
export type ProductNode = Node<'conv-2d'> | Node<'depthwise-conv-2d'> | Node<'fully-connected'>;

/** A product of float32 numbers with constant weights [output channels last or first, see `axis`] and a constant bias. */
export interface Product {
  readonly node: ProductNode;
  readonly weights: Tensor;
  readonly bias: Tensor;
  /** The axis of the weights that has the output channels. */
  readonly axis: number;
  readonly outputChannels: number;
}

export function isProduct(node: Node | undefined): node is ProductNode {
  return isNode(node, 'conv-2d') || isNode(node, 'depthwise-conv-2d') || isNode(node, 'fully-connected');
}

/** The product that a node computes, or null where it computes something else or from computed weights. */
export function productOf(graph: Graph, node: Node | undefined): Product | null {
  if (!isProduct(node)) return null;
  const [, weightsId, biasId] = node.inputs;
  if (weightsId === undefined || biasId === undefined) return null;
  const [weights, bias] = [constantOf(graph, weightsId), constantOf(graph, biasId)];
  if (weights?.type.dtype !== 'float32' || bias?.type.dtype !== 'float32') return null;
  const axis = node.op.type === 'depthwise-conv-2d' ? weights.type.shape.length - 1 : 0;
  return { node, weights, bias, axis, outputChannels: dimension(weights.type.shape, axis) };
}

/**
 * For element `i` of the weights, the input channel that it multiplies. Depthwise weights [1,KH,KW,C*M] have M outputs for each input
 * channel; weights [O,KH,KW,C/groups] and [O,K] have input channels last.
 */
export function inputChannelIndex({ node, weights, outputChannels }: Product, inputChannels: number) {
  const perWeight = dimension(weights.type.shape, -1);
  if (node.op.type === 'depthwise-conv-2d') {
    const multiplier = outputChannels / inputChannels;
    return (i: number) => Math.floor((i % outputChannels) / multiplier);
  }
  if (node.op.type === 'fully-connected') return (i: number) => i % perWeight;
  const size = weights.data.length / outputChannels;
  const perGroup = outputChannels / node.op.attributes.groups;
  return (i: number) => Math.floor(Math.floor(i / size) / perGroup) * perWeight + (i % perWeight);
}

/** The graph with other elements in some of its constants. */
export function withConstants(graph: Graph, changed: ReadonlyMap<ValueId, Float32Array>): Graph {
  if (changed.size === 0) return graph;
  const values = new Map(graph.values);
  for (const [id, data] of changed) values.set(id, { ...valueById(graph, id), data });
  return { ...graph, values };
}

/** The graph in which weights and bias of every product are read by that product alone. */
export function withOwnConstants(graph: Graph): Graph {
  const values = new Map(graph.values);
  const taken = new Set<ValueId>();
  let next = Math.max(-1, ...values.keys()) + 1;
  const own = (id: ValueId): ValueId => {
    const value = valueById(graph, id);
    if (value.data === null) return id;
    if (!taken.has(id)) {
      taken.add(id);
      return id;
    }
    const copy = valueId(next++);
    values.set(copy, { ...value, id: copy });
    return copy;
  };
  const others = graph.nodes.filter((node) => !isProduct(node)).flatMap((node) => node.inputs);
  for (const id of others) taken.add(id);
  const nodes = graph.nodes.map((node): Node => (isProduct(node) ? { ...node, inputs: node.inputs.map(own) } : node));
  return { ...graph, values, nodes };
}
