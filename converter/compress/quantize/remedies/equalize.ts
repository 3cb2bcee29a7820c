import { type Graph, typeOf, usesOf, type ValueId } from '../../../ir/graph.ts';
import { dimension } from '../../../tensor/shape.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import { inputChannelIndex, type Product, withConstants } from '../../product.ts';
import type { Statistics } from '../calibrate.ts';
import { channelIndex } from '../lower/weights.ts';
import { type ChannelPath, channelPaths } from './channel-path.ts';

/** Rounds over all pairs; factors travel one layer a round. */
const rounds = 8;

/** Factors stay within this and its inverse. */
const largestFactor = 4096;

/** Below this part of its limit a clamp above (ReLU6) is held not to bind. */
const unsaturated = 0.95;

export interface Equalized {
  readonly graph: Graph;
  /** Pairs of layers whose channels were scaled, by the name of the first, with the spread of its channels' ranges before. */
  readonly pairs: readonly { readonly name: string; readonly spreadBefore: number; readonly spreadAfter: number }[];
}

/**
 * Cross-layer equalization (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction", section 4.1):
 * channel i of a layer is divided by s_i, and the weights that read it are multiplied by s_i, so that channels of small values do not
 * drown in the one scale that they share with large ones. The network computes the same up to rounding.
 *
 * Weights have a scale for each output channel, so what has to be balanced is the range of the channel's values a_i, by calibration,
 * against the size c_i of the weights that read it: s_i = sqrt(a_i / c_i); before a depthwise layer, which has a scale for each channel
 * on its own, s_i = a_i. Factors are normalized, so that the largest channel keeps its range. Channels that reach the limit of a ReLU6
 * stay as they are.
 */
export function equalizeLayers(graph: Graph, statistics: Statistics): Equalized {
  const paths = channelPaths(graph, usesOf(graph));
  const constants = new Map<ValueId, Float32Array>();
  const ranges = new Map<ValueId, Float64Array>();
  for (const { value } of paths) {
    const channels = statistics.get(value)?.channels;
    if (channels !== undefined)
      ranges.set(
        value,
        channels.max.map((max, c) => Math.max(Math.abs(max), Math.abs(channels.min[c] ?? 0))),
      );
  }
  const before = new Map([...ranges].map(([id, range]) => [id, spread(range)]));
  for (let round = 0; round < rounds; round++) {
    for (const path of paths) {
      const range = ranges.get(path.value);
      if (range !== undefined) balance(graph, path, range, constants);
    }
  }
  const pairs = paths.flatMap(({ from, value }) => {
    const [spreadBefore, range] = [before.get(value), ranges.get(value)];
    if (spreadBefore === undefined || range === undefined) return [];
    return [{ name: from.node.name, spreadBefore, spreadAfter: spread(range) }];
  });
  return { graph: withConstants(graph, constants), pairs };
}

/** Largest range of a channel over the smallest one that is not 0. */
export function spread(ranges: Float64Array): number {
  const alive = ranges.filter((range) => range > 0);
  return alive.length === 0 ? 1 : Math.max(...alive) / Math.min(...alive);
}

function balance(graph: Graph, path: ChannelPath, range: Float64Array, constants: Map<ValueId, Float32Array>): void {
  const { from, to, channels } = path;
  const [fromWeights, fromBias] = [elements(from, 1, constants), elements(from, 2, constants)];
  const toWeights = elements(to, 1, constants);
  const reads = readsOf(graph, path);
  const factors = factorsOf(path, range, columnSizes(toWeights, reads, channels));
  const outputOf = channelIndex(from.weights.type, from.axis);
  fromWeights.forEach((value, i) => {
    fromWeights[i] = value / (factors[outputOf(i)] ?? 1);
  });
  fromBias.forEach((value, c) => {
    fromBias[c] = value / (factors[c] ?? 1);
  });
  toWeights.forEach((value, i) => {
    toWeights[i] = value * (factors[reads(i)] ?? 1);
  });
  for (let c = 0; c < channels; c++) range[c] = (range[c] ?? 0) / (factors[c] ?? 1);
}

/** For each weight of the second layer, the channel of the first that it multiplies; flattened images repeat their channels. */
function readsOf(graph: Graph, { to, channels }: ChannelPath): (i: number) => number {
  const [input] = to.node.inputs;
  const inputChannels = input === undefined ? channels : dimension(typeOf(graph, input).shape, -1);
  const channelOf = inputChannelIndex(to, inputChannels);
  return (i) => channelOf(i) % channels;
}

/** A copy of a constant operand that may be written, the same one every time. */
function elements({ node, weights, bias }: Product, index: 1 | 2, constants: Map<ValueId, Float32Array>): Float32Array {
  const id = node.inputs[index];
  const known = id === undefined ? undefined : constants.get(id);
  if (known !== undefined) return known;
  const copy = dataAs(index === 1 ? weights : bias, 'float32').slice();
  if (id !== undefined) constants.set(id, copy);
  return copy;
}

function columnSizes(weights: Float32Array, reads: (i: number) => number, channels: number): Float64Array {
  const sizes = new Float64Array(channels);
  weights.forEach((value, i) => {
    const c = reads(i);
    sizes[c] = Math.max(sizes[c] ?? 0, Math.abs(value));
  });
  return sizes;
}

function factorsOf({ from, to }: ChannelPath, range: Float64Array, columns: Float64Array): Float64Array {
  const isDepthwise = to.node.op.type === 'depthwise-conv-2d';
  const raw = range.map((size, c) => {
    const column = columns[c] ?? 0;
    if (size === 0 || column === 0) return 0;
    return isDepthwise ? size : Math.sqrt(size / column);
  });
  // The channel with the widest range keeps it, so that the tensor's range stays what it was.
  const widest = range.reduce((best, size, c) => (size > (range[best] ?? 0) ? c : best), 0);
  const unit = raw[widest] ?? 0;
  const limit = from.node.op.attributes.clamp.max;
  return raw.map((value, c) => {
    if (value === 0 || unit === 0) return 1;
    const factor = Math.min(largestFactor, Math.max(1 / largestFactor, value / unit));
    if (!Number.isFinite(limit)) return factor;
    const size = range[c] ?? 0;
    if (size >= unsaturated * limit) return 1;
    return Math.max(factor, size / (unsaturated * limit));
  });
}
