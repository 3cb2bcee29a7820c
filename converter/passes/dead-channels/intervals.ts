import { constantOf, type Graph, type Node, typeOf, type ValueId } from '../../ir/graph.ts';
import { at } from '../../ops/definition.ts';
import { mapTable } from '../../ops/map.ts';
import type { Op } from '../../ops/op.ts';
import { accumulatorFactors, clampTo, integerClamp } from '../../ops/quantized.ts';
import { evaluateOp } from '../../ops/registry.ts';
import { type ZipAttributes, zipConstants } from '../../ops/zip.ts';
import { zeroPointAt } from '../../tensor/quantization.ts';
import { type FixedPointMultiplier, requantize } from '../../tensor/requantize.ts';
import { dimension } from '../../tensor/shape.ts';
import { numericData, type Tensor, type TensorType, tensorType } from '../../tensor/tensor.ts';

/** Bounds of the stored int8 values of each channel (last axis): low[c] <= value <= high[c] for every element. */
export interface ChannelIntervals {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** Values with more channels are not followed: they are long vectors, and a damaged file could ask for billions. */
const maxChannels = 65536;

/** Interval arithmetic over the graph. Values that are not int8, or have no axes, or too many channels, have no entry. */
export function channelIntervals(graph: Graph): ReadonlyMap<ValueId, ChannelIntervals> {
  const known = new Map<ValueId, ChannelIntervals>();
  for (const { value } of [...graph.inputs, ...graph.states]) {
    if (isTracked(typeOf(graph, value))) known.set(value, anything(typeOf(graph, value)));
  }
  for (const node of graph.nodes) {
    const [output] = node.outputs;
    if (output === undefined || !isTracked(typeOf(graph, output))) continue;
    const type = typeOf(graph, output);
    known.set(output, transfer(graph, node, type, known) ?? anything(type));
  }
  return known;
}

function isTracked(type: TensorType): boolean {
  if (type.dtype !== 'int8' || type.shape.length === 0 || type.quantization.kind !== 'per-tensor') return false;
  return channelCount(type) <= maxChannels;
}

function channelCount(type: TensorType): number {
  return dimension(type.shape, -1);
}

function anything(type: TensorType): ChannelIntervals {
  const channels = channelCount(type);
  return { low: new Int32Array(channels).fill(-128), high: new Int32Array(channels).fill(127) };
}

function transfer(
  graph: Graph,
  node: Node,
  output: TensorType,
  known: ReadonlyMap<ValueId, ChannelIntervals>,
): ChannelIntervals | null {
  const [first] = node.inputs;
  const input = first === undefined ? undefined : known.get(first);
  if (first === undefined || input === undefined) return null;
  const { op } = node;
  switch (op.type) {
    case 'conv-2d':
    case 'depthwise-conv-2d':
    case 'fully-connected':
      return throughWeights(graph, node, input, output);
    case 'pool-2d':
      return clampIntervals(input, integerClamp(op.attributes.clamp, output));
    case 'pad':
      return throughPad(op, input, output);
    case 'map':
      return throughTable(mapTable(op.attributes.expression, typeOf(graph, first), output, graph.rounding), input);
    case 'zip':
      return op.attributes.fn === 'add' ? throughAdd(graph, node, output, known) : null;
    case 'reshape':
      return throughReshape(input, output);
    default:
      return null;
  }
}

/**
 * Bounds of a convolution or matrix product: sum over taps and channels of the extremes of (x - zx) * (w - zw), requantized
 * and clamped, which are monotonic. With padding a tap may also see x = zx.
 */
function throughWeights(
  graph: Graph,
  node: Node,
  input: ChannelIntervals,
  output: TensorType,
): ChannelIntervals | null {
  const { op } = node;
  const x = typeOf(graph, at(node.inputs, 0));
  const weights = constantOf(graph, at(node.inputs, 1));
  const bias = constantOf(graph, at(node.inputs, 2));
  if (weights === null || bias === null || weights.type.dtype !== 'int8') return null;
  if (op.type !== 'conv-2d' && op.type !== 'depthwise-conv-2d' && op.type !== 'fully-connected') return null;
  const biases = numericData(bias);
  const channels = channelCount(output);
  const padded = op.type !== 'fully-connected' && Object.values(op.attributes.padding).some((n) => n > 0);
  const inputZero = zeroPointAt(x.quantization, 0);
  const factors = accumulatorFactors(x, weights.type, output, channels, graph.rounding);
  const bounds = integerClamp(op.attributes.clamp, output);
  const outputZero = zeroPointAt(output.quantization, 0);
  const result = { low: new Int32Array(channels), high: new Int32Array(channels) };
  for (let o = 0; o < channels; o++) {
    let low = at(biases, o);
    let high = low;
    const weightZero = zeroPointAt(weights.type.quantization, o);
    for (const [w, c] of weightsOf(op, weights, o, channels, input.low.length)) {
      const factor = w - weightZero;
      const a = (at(input.low, c) - inputZero) * factor;
      const b = (at(input.high, c) - inputZero) * factor;
      low += Math.min(a, b, padded ? 0 : Number.POSITIVE_INFINITY);
      high += Math.max(a, b, padded ? 0 : Number.NEGATIVE_INFINITY);
    }
    const factor = at(factors, o);
    if (mayWrap(low, high, factor)) return null;
    const finish = (acc: number) => clampTo(requantize(acc, factor, graph.rounding) + outputZero, bounds);
    result.low[o] = finish(low);
    result.high[o] = finish(high);
  }
  return result;
}

/** Whether an accumulator, or its left shift in `requantize`, could leave int32: then requantization is not monotonic. */
function mayWrap(low: number, high: number, { shift }: FixedPointMultiplier): boolean {
  const scale = 2 ** Math.max(0, shift);
  return low * scale < -(2 ** 31) || high * scale >= 2 ** 31;
}

/** The stored weights that output channel `o` uses, each with its input channel. */
function* weightsOf(
  op: Op<'conv-2d' | 'depthwise-conv-2d' | 'fully-connected'>,
  weights: Tensor,
  o: number,
  outputChannels: number,
  inputChannels: number,
): Generator<readonly [weight: number, inputChannel: number]> {
  const data = numericData(weights);
  if (op.type === 'depthwise-conv-2d') {
    const multiplier = outputChannels / inputChannels;
    for (let i = o; i < data.length; i += outputChannels) yield [at(data, i), Math.floor(o / multiplier)];
    return;
  }
  const perOutput = data.length / outputChannels;
  const depth = dimension(weights.type.shape, -1);
  const groups = op.type === 'conv-2d' ? op.attributes.groups : 1;
  const firstChannel = Math.floor(o / (outputChannels / groups)) * depth;
  for (let i = 0; i < perOutput; i++) yield [at(data, o * perOutput + i), firstChannel + (i % depth)];
}

function clampIntervals(
  input: ChannelIntervals,
  bounds: { readonly min: number; readonly max: number },
): ChannelIntervals {
  return { low: input.low.map((x) => clampTo(x, bounds)), high: input.high.map((x) => clampTo(x, bounds)) };
}

/** Padding with real 0 on other axes than the last adds the zero point to what a channel may hold. */
function throughPad(op: Op<'pad'>, input: ChannelIntervals, output: TensorType): ChannelIntervals | null {
  const { before, after, value } = op.attributes;
  if (value !== 0 || before.at(-1) !== 0 || after.at(-1) !== 0) return null;
  const zero = zeroPointAt(output.quantization, 0);
  return { low: input.low.map((x) => Math.min(x, zero)), high: input.high.map((x) => Math.max(x, zero)) };
}

function throughTable(table: Int8Array, input: ChannelIntervals): ChannelIntervals {
  const range = (c: number) =>
    Array.from({ length: at(input.high, c) - at(input.low, c) + 1 }, (_, i) => at(input.low, c) + i);
  const values = (c: number) => range(c).map((x) => at(table, x & 255));
  return {
    low: input.low.map((_, c) => Math.min(...values(c))),
    high: input.high.map((_, c) => Math.max(...values(c))),
  };
}

/** Addition is monotonic in both operands, so the kernel itself, run on the bounds, gives the bounds. */
function throughAdd(
  graph: Graph,
  node: Node,
  output: TensorType,
  known: ReadonlyMap<ValueId, ChannelIntervals>,
): ChannelIntervals | null {
  const channels = channelCount(output);
  if (node.op.type !== 'zip' || sumMayWrap(graph, node, node.op.attributes, output)) return null;
  const bound = (side: 'low' | 'high'): Int32Array | null => {
    const operands = node.inputs.map((id): Tensor | null => {
      const interval = known.get(id);
      if (interval === undefined || interval.low.length !== channels) return null;
      return {
        type: tensorType('int8', [channels], typeOf(graph, id).quantization),
        data: Int8Array.from(interval[side]),
      };
    });
    const inputs = operands.filter((operand): operand is Tensor => operand !== null);
    if (inputs.length !== operands.length) return null;
    const [sum] = evaluateOp(node.op, inputs, [tensorType('int8', [channels], output.quantization)], graph.rounding);
    return sum === undefined ? null : Int32Array.from(sum.data as Int8Array);
  };
  const low = bound('low');
  const high = bound('high');
  return low === null || high === null ? null : { low, high };
}

/** As {@link mayWrap}, for the sum of two int8 operands, each below 2^28 and halved. */
function sumMayWrap(graph: Graph, node: Node, attributes: ZipAttributes, output: TensorType): boolean {
  const [a, b] = [typeOf(graph, at(node.inputs, 0)), typeOf(graph, at(node.inputs, 1))];
  const constants = zipConstants(attributes, a, b, output, graph.rounding);
  return constants.kind === 'rescaled' && mayWrap(-(2 ** 28), 2 ** 28, constants.factor);
}

/** Row-major views whose last axis is a multiple of the channels repeat the channels. */
function throughReshape(input: ChannelIntervals, output: TensorType): ChannelIntervals | null {
  const channels = channelCount(output);
  const inner = input.low.length;
  if (channels % inner !== 0) return null;
  const repeat = (values: Int32Array) => Int32Array.from({ length: channels }, (_, i) => at(values, i % inner));
  return { low: repeat(input.low), high: repeat(input.high) };
}
