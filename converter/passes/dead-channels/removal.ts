import {
  constantOf,
  type Graph,
  inputTypes,
  type Node,
  typeOf,
  type Uses,
  usesOf,
  type ValueId,
} from '../../ir/graph.ts';
import { at } from '../../ops/definition.ts';
import { channelRule } from '../../ops/registry.ts';
import { zeroPointAt } from '../../tensor/quantization.ts';
import { dimension } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { ChannelIntervals } from './intervals.ts';

/** For each value: which channels of its last axis leave (true). Values without an entry stay whole. */
export type RemovedChannels = ReadonlyMap<ValueId, readonly boolean[]>;

/**
 * The largest set of channels that can leave exactly: the greatest fixpoint of the rules below, found by starting with all
 * channels and taking back.
 *
 * - A convolution or matrix product can lose input channel c where c is constant (its share folds into the bias; with padding
 *   only if it is the zero point) or where all weights on c are zero. It can lose any output channel.
 * - An operator that keeps channels loses channel c of its inputs and of its output together.
 * - Graph inputs and outputs, constants and operands of other operators stay whole. At least one channel stays.
 */
export function removableChannels(graph: Graph, intervals: ReadonlyMap<ValueId, ChannelIntervals>): RemovedChannels {
  const uses = usesOf(graph);
  const removed = new Map<ValueId, boolean[]>();
  for (const node of graph.nodes) {
    const [output] = node.outputs;
    if (output === undefined || uses.outputs.has(output) || !intervals.has(output)) continue;
    if (!canLoseOutputs(graph, node)) continue;
    removed.set(output, new Array<boolean>(dimension(typeOf(graph, output).shape, -1)).fill(true));
  }
  shrink(graph, uses, intervals, removed);
  for (const [id, channels] of removed) {
    if (!channels.every((gone) => gone)) continue;
    channels[0] = false;
    shrink(graph, uses, intervals, removed);
    removed.set(id, channels);
  }
  return removed;
}

function canLoseOutputs(graph: Graph, node: Node): boolean {
  switch (node.op.type) {
    case 'conv-2d':
      return node.op.attributes.groups === 1 && hasConstantWeights(graph, node);
    case 'fully-connected':
      return hasConstantWeights(graph, node);
    default:
      return keepsChannels(graph, node);
  }
}

function hasConstantWeights(graph: Graph, node: Node): boolean {
  return constantOf(graph, at(node.inputs, 1)) !== null && constantOf(graph, at(node.inputs, 2)) !== null;
}

/**
 * Whether channels of all data inputs and of the output leave together. The output may have them several times over: a flattened
 * tensor has channel c of its input at c, c + channels, c + 2 * channels ...
 */
export function keepsChannels(graph: Graph, node: Node): boolean {
  const channels = (id: ValueId) => dimension(typeOf(graph, id).shape, -1);
  const output = at(node.outputs, 0);
  const { op } = node;
  const keeps = () => channelRule(op, inputTypes(graph, node)) === 'keeps';
  switch (op.type) {
    case 'depthwise-conv-2d':
      return keeps() && hasConstantWeights(graph, node);
    case 'zip':
    case 'pool-2d':
    case 'map':
    case 'pad':
      return keeps();
    case 'reshape':
      if (typeOf(graph, at(node.inputs, 0)).shape.length === 0 || typeOf(graph, output).shape.length === 0)
        return false;
      return channels(output) % channels(at(node.inputs, 0)) === 0;
    default:
      return false;
  }
}

/** Inputs whose channels are tied to those of the output. */
export function dataInputs(node: Node): readonly ValueId[] {
  return node.op.type === 'zip' ? node.inputs : node.inputs.slice(0, 1);
}

function shrink(
  graph: Graph,
  uses: Uses,
  intervals: ReadonlyMap<ValueId, ChannelIntervals>,
  removed: Map<ValueId, boolean[]>,
): void {
  const spares = new Map<string, readonly boolean[]>();
  const spare = (node: Node, id: ValueId): readonly boolean[] => {
    const key = `${node.id},${id}`;
    const known = spares.get(key) ?? sparableInputs(graph, node, intervals.get(id));
    spares.set(key, known);
    return known;
  };
  for (let changed = true; changed; ) {
    changed = false;
    const restrict = (id: ValueId, allowed: (channel: number) => boolean) => {
      removed.get(id)?.forEach((gone, channel, channels) => {
        if (!gone || allowed(channel)) return;
        channels[channel] = false;
        changed = true;
      });
    };
    for (const node of graph.nodes) {
      const output = at(node.outputs, 0);
      if (keepsChannels(graph, node) && canTie(graph, node, removed, uses)) {
        for (const id of dataInputs(node)) {
          const inner = removed.get(id)?.length ?? 1;
          const leaves = removed.get(output) ?? [];
          restrict(id, (channel) => everyRepetition(leaves, channel, inner));
          restrict(output, (channel) => removed.get(id)?.[channel % inner] === true);
        }
      } else if (node.op.type === 'conv-2d' || node.op.type === 'fully-connected') {
        const [data, ...others] = node.inputs;
        if (data !== undefined) restrict(data, (channel) => spare(node, data)[channel] === true);
        for (const id of others) restrict(id, () => false);
      } else {
        for (const id of node.inputs) restrict(id, () => false);
        restrict(output, () => false);
      }
    }
  }
}

/** Whether channels `channel`, `channel + inner`, ... all leave. */
function everyRepetition(leaves: readonly boolean[], channel: number, inner: number): boolean {
  for (let i = channel; i < leaves.length; i += inner) if (leaves[i] !== true) return false;
  return true;
}

/** A node that keeps channels takes part only where its output and all its data inputs may lose some. */
function canTie(graph: Graph, node: Node, removed: ReadonlyMap<ValueId, unknown>, uses: Uses): boolean {
  const ids = [at(node.outputs, 0), ...dataInputs(node)];
  return ids.every((id) => removed.has(id) && !uses.outputs.has(id) && constantOf(graph, id) === null);
}

/** Input channels that a convolution or matrix product can do without. */
function sparableInputs(graph: Graph, node: Node, interval: ChannelIntervals | undefined): readonly boolean[] {
  const weights = constantOf(graph, at(node.inputs, 1));
  const { op } = node;
  if (weights === null || interval === undefined) return [];
  if (op.type === 'conv-2d' && op.attributes.groups !== 1) return [];
  const zero = zeroPointAt(typeOf(graph, at(node.inputs, 0)).quantization, 0);
  const padded = op.type === 'conv-2d' && Object.values(op.attributes.padding).some((n) => n > 0);
  const unread = unreadInputs(weights);
  return Array.from(interval.low, (low, channel) => {
    const constant = low === interval.high[channel];
    return unread[channel] === true || (constant && (!padded || low === zero));
  });
}

/** Whether all weights on an input channel (last axis of the weights) are real 0. */
function unreadInputs(weights: Tensor): boolean[] {
  const channels = dimension(weights.type.shape, -1);
  const perOutput = weights.data.length / dimension(weights.type.shape, 0);
  const unread = new Array<boolean>(channels).fill(true);
  weights.data.forEach((weight: number | bigint, i: number) => {
    const zero = zeroPointAt(weights.type.quantization, Math.floor(i / perOutput));
    if (Number(weight) !== zero) unread[i % channels] = false;
  });
  return unread;
}
