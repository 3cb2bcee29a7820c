import {
  constantOf,
  type Graph,
  type Node,
  typeOf,
  type Value,
  type ValueId,
  valueById,
  valueId,
} from '../ir/graph.ts';
import type { AppliedPatch, RewriteResult } from '../ir/rewrite.ts';
import { verifyGraph } from '../ir/verify.ts';
import { at } from '../ops/definition.ts';
import type { Op } from '../ops/op.ts';
import { zeroPointAt } from '../tensor/quantization.ts';
import { dimension } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type ChannelIntervals, channelIntervals } from './dead-channels/intervals.ts';
import { keepsChannels, type RemovedChannels, removableChannels } from './dead-channels/removal.ts';
import { sliceTensor, sliceType } from './dead-channels/slice-channels.ts';

/**
 * Removes int8 channels whose stored value is the same for every input, and channels that nobody reads.
 *
 * A channel stuck at k adds (k - zx) * sum(w - zw) to every accumulator of its reader, a constant that moves into the bias:
 * exact to the bit. ReLU nets trained with weight decay have many such channels (half of the MACs of the MLPerf Tiny vww net).
 */
export function eliminateDeadChannels(graph: Graph): RewriteResult {
  const intervals = channelIntervals(graph);
  const removed = removableChannels(graph, intervals);
  const counts = [...removed].map(([id, channels]) => [id, channels.filter((gone) => gone).length] as const);
  const touched = counts.filter(([, count]) => count > 0);
  if (touched.length === 0) return { graph, applied: [] };
  const result = withoutChannels(graph, intervals, removed);
  verifyGraph(result, 'eliminate-dead-channels');
  const applied: AppliedPatch[] = touched.map(([id, count]) => {
    const { name, type } = valueById(graph, id);
    return {
      rule: 'eliminate-dead-channels',
      reason: `${count} of ${dimension(type.shape, -1)} channels of "${name}" are dead`,
      took: [],
    };
  });
  return { graph: result, applied };
}

/** Rewrites types, weights and biases; every other part of the graph stays. */
function withoutChannels(
  graph: Graph,
  intervals: ReadonlyMap<ValueId, ChannelIntervals>,
  removed: RemovedChannels,
): Graph {
  const values = new Map<ValueId, Value>();
  for (const [id, value] of graph.values) {
    const gone = removed.get(id);
    values.set(id, gone?.includes(true) ? { ...value, type: sliceType(value.type, -1, gone) } : value);
  }
  let nextId = Math.max(...graph.values.keys()) + 1;
  const constant = (name: string, { type, data }: Tensor): ValueId => {
    const id = valueId(nextId++);
    values.set(id, { id, name, type, data });
    return id;
  };
  const nodes = graph.nodes.map((node): Node => {
    const inputGone = removed.get(at(node.inputs, 0)) ?? [];
    const outputGone = removed.get(at(node.outputs, 0)) ?? [];
    if (!inputGone.includes(true) && !outputGone.includes(true)) return node;
    const op = withShape(node.op, values.get(at(node.outputs, 0)));
    if (node.inputs.length !== 3) return { ...node, op };
    const [data, weights, bias] = node.inputs;
    if (data === undefined || weights === undefined || bias === undefined) return { ...node, op };
    const sliced = slicedOperands(graph, node, intervals.get(data), inputGone, outputGone);
    const names = [valueById(graph, weights).name, valueById(graph, bias).name] as const;
    return { ...node, op, inputs: [data, constant(names[0], sliced.weights), constant(names[1], sliced.bias)] };
  });
  return { ...graph, values, nodes };
}

function withShape(op: Op, output: Value | undefined): Op {
  if (op.type !== 'reshape' || output === undefined) return op;
  return { type: 'reshape', attributes: { shape: output.type.shape } };
}

function slicedOperands(
  graph: Graph,
  node: Node,
  interval: ChannelIntervals | undefined,
  inputGone: readonly boolean[],
  outputGone: readonly boolean[],
): { readonly weights: Tensor; readonly bias: Tensor } {
  const weights = constantOf(graph, at(node.inputs, 1));
  const bias = constantOf(graph, at(node.inputs, 2));
  if (weights === null || bias === null) throw new RangeError('weights and bias are constants');
  if (keepsChannels(graph, node)) {
    return { weights: sliceTensor(weights, -1, outputGone), bias: sliceTensor(bias, -1, outputGone) };
  }
  const zero = zeroPointAt(typeOf(graph, at(node.inputs, 0)).quantization, 0);
  const folded = interval === undefined ? bias : foldIntoBias(weights, bias, interval, inputGone, zero);
  return {
    weights: sliceTensor(sliceTensor(weights, -1, inputGone), 0, outputGone),
    bias: sliceTensor(folded, -1, outputGone),
  };
}

/** bias[o] += sum over removed channels c of (k[c] - zx) * sum over taps of (w[o, tap, c] - zw[o]). */
function foldIntoBias(
  weights: Tensor,
  bias: Tensor,
  interval: ChannelIntervals,
  inputGone: readonly boolean[],
  inputZero: number,
): Tensor {
  const channels = dimension(weights.type.shape, -1);
  const perOutput = weights.data.length / dimension(weights.type.shape, 0);
  const data = Int32Array.from(bias.data as Int32Array);
  weights.data.forEach((weight: number | bigint, i: number) => {
    const channel = i % channels;
    if (inputGone[channel] !== true) return;
    const o = Math.floor(i / perOutput);
    const share =
      (at(interval.low, channel) - inputZero) * (Number(weight) - zeroPointAt(weights.type.quantization, o));
    // A channel that is not constant leaves only where its weights are zero.
    data[o] = at(data, o) + share;
  });
  return { type: bias.type, data };
}
