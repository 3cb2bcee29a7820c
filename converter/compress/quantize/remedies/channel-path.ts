import { type Graph, isNode, type Node, typeOf, type Uses, type ValueId } from '../../../ir/graph.ts';
import { type Clamp, noClamp } from '../../../ops/definition.ts';
import { dimension } from '../../../tensor/shape.ts';
import { isProduct, type Product, productOf } from '../../product.ts';

/**
 * Two products with nothing between them that mixes channels or bends values but at 0: what is divided out of a channel of the first
 * can be multiplied into the weights of the second.
 */
export interface ChannelPath {
  readonly from: Product;
  readonly to: Product;
  /** The result of `from`; its last axis has the channels. */
  readonly value: ValueId;
  readonly channels: number;
  /** Whether nodes between look beyond the image: `to` then meets zeros where `from` has none. */
  readonly isPadded: boolean;
}

/** All pairs of neighbouring products. */
export function channelPaths(graph: Graph, uses: Uses): readonly ChannelPath[] {
  return graph.nodes.flatMap((node): ChannelPath[] => {
    const from = productOf(graph, node);
    const [value] = node.outputs;
    if (from === null || value === undefined || !scales(from.node.op.attributes.clamp)) return [];
    const end = follow(graph, uses, value);
    const to = end === null ? null : productOf(graph, end.node);
    if (end === null || to === null) return [];
    return [{ from, to, value, channels: from.outputChannels, isPadded: end.isPadded || padsInput(to) }];
  });
}

/** Whether a clamp below is none or at 0, so that a channel can be divided by anything. */
function scales({ min }: Clamp): boolean {
  return min === 0 || min === noClamp.min;
}

/** The one product that reads `value` through nodes that keep channels apart, or null. */
function follow(graph: Graph, uses: Uses, value: ValueId): { readonly node: Node; readonly isPadded: boolean } | null {
  let [id, isPadded] = [value, false];
  for (;;) {
    const [reader, ...others] = uses.consumers.get(id) ?? [];
    if (reader === undefined || others.length > 0 || uses.outputs.has(id)) return null;
    if (isProduct(reader)) return reader.inputs[0] === id ? { node: reader, isPadded } : null;
    const [next] = reader.outputs;
    if (next === undefined || !keepsChannels(graph, reader, id)) return null;
    isPadded ||= isNode(reader, 'pad');
    id = next;
  }
}

/** Whether the node computes each channel by itself, and is linear for positive factors. */
function keepsChannels(graph: Graph, node: Node, id: ValueId): boolean {
  const { shape } = typeOf(graph, id);
  const last = shape.length - 1;
  if (isNode(node, 'pool-2d')) {
    const { clamp } = node.op.attributes;
    return clamp.min === noClamp.min && clamp.max === noClamp.max;
  }
  if (isNode(node, 'reduce')) return node.op.attributes.kind !== 'product' && !node.op.attributes.axes.includes(last);
  if (isNode(node, 'pad')) {
    const { before, after, value } = node.op.attributes;
    return value === 0 && (before[last] ?? 0) === 0 && (after[last] ?? 0) === 0;
  }
  // Elements stay in order, so the channels still repeat with the same period.
  return isNode(node, 'reshape') && dimension(node.op.attributes.shape, -1) % dimension(shape, -1) === 0;
}

function padsInput({ node }: Product): boolean {
  if (isNode(node, 'fully-connected')) return false;
  const { top, bottom, left, right } = node.op.attributes.padding;
  return top + bottom + left + right > 0;
}
