import { constantOf, type Graph, type Node, typeOf, usesOf, type ValueId } from '../../../ir/graph.ts';
import type { AppliedPatch, RewriteResult } from '../../../ir/rewrite.ts';
import { at } from '../../../ops/definition.ts';
import { zeroPointAt } from '../../../tensor/quantization.ts';
import { dimension } from '../../../tensor/shape.ts';
import { numericData, type Tensor } from '../../../tensor/tensor.ts';
import { type ConstantChannels, constantChannels, zeroOf } from './constant-channels.ts';
import { constantKey, type NewConstant, withConstants } from './constants.ts';
import { findChannelGroups } from './find.ts';
import { removeUnits } from './remove.ts';
import type { ChannelGroup, ChannelGroups, GroupConsumer, GroupId } from './types.ts';

/**
 * Removes units that make no difference: each node that sums over them finds the same constants there for every input, which go into
 * its bias, or has weights of 0 on them. Integers stay to the bit, float32 up to the rounding of the sums.
 *
 * Of padded convolutions only the constant 0 can go, for at the border they see 0 instead of it.
 */
export function removeDeadUnits(graph: Graph): RewriteResult {
  const applied: AppliedPatch[] = [];
  // What goes may be the last reader of what comes before it.
  for (let changed = true; changed; ) {
    changed = false;
    const groups = findChannelGroups(graph);
    const dead = deadUnits(graph, groups);
    if (dead.removed.size === 0) break;
    graph = removeUnits(foldInto(graph, dead.folds), groups, dead.removed);
    for (const [id, units] of dead.removed) {
      const group = groups.groups[id];
      const reason = `${units.size} of ${group?.units} units of ${group?.name} are dead`;
      applied.push({ rule: 'remove-dead-units', reason, took: [] });
    }
    changed = true;
  }
  return { graph, applied };
}

/** Constants of input channels that go into the bias of a node. */
interface Fold {
  readonly node: Node;
  readonly constants: Map<number, number>;
}

function deadUnits(graph: Graph, { groups }: ChannelGroups) {
  const constants = constantChannels(graph);
  const { nodes } = usesOf(graph);
  const removed = new Map<GroupId, ReadonlySet<number>>();
  const folds = new Map<string, Fold>();
  for (const group of groups) {
    const readers = group.consumers.flatMap((consumer) => {
      const node = nodes.get(consumer.node);
      return node === undefined ? [] : [{ consumer, ...readerOf(graph, node, consumer, constants) }];
    });
    const dead = unitsOf(group).filter((unit) => readers.every((reader) => reader.canDoWithout(unit)));
    if (dead.length === group.units) dead.shift();
    if (dead.length === 0) continue;
    removed.set(group.id, new Set(dead));
    for (const { node, consumer, constantOf: constantAt } of readers) {
      const fold = folds.get(`${node.id}`) ?? { node, constants: new Map<number, number>() };
      folds.set(`${node.id}`, fold);
      for (const unit of dead)
        for (const channel of consumer.inputChannelsOf(unit)) {
          const constant = constantAt(channel);
          if (constant !== null) fold.constants.set(channel, constant);
        }
    }
  }
  return { removed, folds: [...folds.values()] };
}

const unitsOf = ({ units }: ChannelGroup) => Array.from({ length: units }, (_, unit) => unit);

function readerOf(
  graph: Graph,
  node: Node,
  consumer: GroupConsumer,
  constants: ReadonlyMap<ValueId, ConstantChannels>,
) {
  const data = at(node.inputs, consumer.input);
  const type = typeOf(graph, data);
  const { op } = node;
  const padded = op.type === 'conv-2d' && Object.values(op.attributes.padding).some((n) => n > 0);
  // Sums of 16-bit layers are wider than their biases.
  const onlyZero = padded || type.dtype === 'int16';
  const isLast = consumer.inputAxis === type.shape.length - 1;
  const known = isLast ? constants.get(data) : undefined;
  const constantOfChannel = (channel: number): number | null => {
    const constant = known?.[channel];
    if (constant === undefined || Number.isNaN(constant)) return null;
    return onlyZero && constant !== zeroOf(type) ? null : constant;
  };
  const unread = unreadColumns(constantOf(graph, at(node.inputs, consumer.weights)), consumer.weightsAxis);
  const canDoWithout = (unit: number) =>
    consumer.channelsOf(unit).every((column) => unread[column] === true) ||
    consumer.inputChannelsOf(unit).every((channel) => constantOfChannel(channel) !== null);
  return { node, canDoWithout, constantOf: constantOfChannel };
}

/** Whether all weights at a place along their last axis are 0. */
function unreadColumns(weights: Tensor | null, axis: number): boolean[] {
  if (weights === null || axis !== weights.type.shape.length - 1) return [];
  const { shape, quantization } = weights.type;
  const data = numericData(weights);
  const columns = dimension(shape, -1);
  const perRow = data.length / dimension(shape, 0);
  const unread = new Array<boolean>(columns).fill(true);
  for (let i = 0; i < data.length; i++) {
    const zero = quantization.kind === 'none' ? 0 : zeroPointAt(quantization, Math.floor(i / perRow));
    if (at(data, i) !== zero) unread[i % columns] = false;
  }
  return unread;
}

/** bias[o] += sum over the channels c and all taps of (k[c] - zx) * (w[o, tap, c] - zw[o]). */
function foldInto(graph: Graph, folds: readonly Fold[]): Graph {
  const biases = new Map<string, NewConstant>();
  for (const { node, constants } of folds) {
    const type = typeOf(graph, at(node.inputs, 0));
    const [weights, bias] = [constantOf(graph, at(node.inputs, 1)), constantOf(graph, at(node.inputs, 2))];
    const shares = [...constants].map(([channel, constant]) => [channel, constant - zeroOf(type)] as const);
    const nonZero = new Map(shares.filter(([, share]) => share !== 0));
    if (weights === null || bias === null || nonZero.size === 0) continue;
    const data = Float64Array.from(numericData(bias));
    const elements = numericData(weights);
    const depth = dimension(weights.type.shape, -1);
    const perRow = elements.length / data.length;
    const groups = node.op.type === 'conv-2d' ? node.op.attributes.groups : 1;
    for (let i = 0; i < elements.length; i++) {
      const o = Math.floor(i / perRow);
      const share = nonZero.get(Math.floor(o / (data.length / groups)) * depth + (i % depth));
      if (share === undefined) continue;
      const { quantization } = weights.type;
      const zero = quantization.kind === 'none' ? 0 : zeroPointAt(quantization, o);
      data[o] = at(data, o) + share * (at(elements, i) - zero);
    }
    const folded = bias.type.dtype === 'float32' ? Float32Array.from(data) : Int32Array.from(data, (sum) => sum | 0);
    biases.set(constantKey(node.id, 2), { tensor: { type: bias.type, data: folded }, storage: null });
  }
  return biases.size === 0 ? graph : { ...graph, ...withConstants(graph, graph.nodes, biases) };
}
