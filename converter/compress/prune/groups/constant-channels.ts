import { constantOf, type Graph, type Node, outputTypes, typeOf, type ValueId } from '../../../ir/graph.ts';
import { at } from '../../../ops/definition.ts';
import type { Op } from '../../../ops/op.ts';
import { padElement } from '../../../ops/pad.ts';
import { evaluateOp } from '../../../ops/registry.ts';
import { noPadding } from '../../../ops/window.ts';
import { zeroPointAt } from '../../../tensor/quantization.ts';
import { dimension, elementCount, type Shape } from '../../../tensor/shape.ts';
import { numericData, storeElement, type Tensor, type TensorType, zeros } from '../../../tensor/tensor.ts';

/** For each channel (last axis) the stored element that it has at every place for every input; NaN where that is not known. */
export type ConstantChannels = Float64Array;

/** Values with more channels are not followed. */
const maxChannels = 65536;

/** Reductions of more elements are not followed. */
const maxReduced = 2 ** 20;

/** Element types that are followed: those of weights and activations. */
const followed: readonly string[] = ['float32', 'int8', 'int16'];

/**
 * Which channels are the same whatever comes in: those with weights of 0, and what becomes of them. Every constant is what the
 * operator's own reference evaluation makes of a few constant pixels, so that it is exact for integers; for float32 it is within the
 * rounding of sums. Values without an entry have no channel that is known.
 */
export function constantChannels(graph: Graph): ReadonlyMap<ValueId, ConstantChannels> {
  const known = new Map<ValueId, ConstantChannels>();
  for (const node of graph.nodes) {
    const [output] = node.outputs;
    if (output === undefined || node.outputs.length !== 1) continue;
    const { dtype, shape } = typeOf(graph, output);
    if (!followed.includes(dtype) || shape.length === 0 || elementCount(shape) === 0) continue;
    const isLong = (id: ValueId) => (typeOf(graph, id).shape.at(-1) ?? 1) > maxChannels;
    if (isLong(output) || node.inputs.some(isLong) || !canBegin(node, known)) continue;
    const channels = channelsAfter(graph, node, (id) => constantsOf(graph, id, known));
    if (channels?.some((element) => !Number.isNaN(element))) known.set(output, channels);
  }
  return known;
}

/** Whether some channel of the node's output can be known: one of an input is, or weights or padding may make it so. */
function canBegin({ op, inputs }: Node, known: ReadonlyMap<ValueId, ConstantChannels>): boolean {
  return 'hybrid' in op.attributes || op.type === 'zip' || op.type === 'pad' || inputs.some((id) => known.has(id));
}

/** What is known of an operand. A constant tensor is known where it is the same along all axes but the last. */
function constantsOf(graph: Graph, id: ValueId, known: ReadonlyMap<ValueId, ConstantChannels>): ConstantChannels {
  const { shape } = typeOf(graph, id);
  const channels = shape.length === 0 ? 1 : dimension(shape, -1);
  const found = known.get(id);
  if (found !== undefined) return found;
  const tensor = constantOf(graph, id);
  if (tensor === null || tensor.type.dtype.endsWith('64') || tensor.data.length !== channels)
    return new Float64Array(channels).fill(Number.NaN);
  return Float64Array.from(numericData(tensor));
}

type ChannelsOfInput = (id: ValueId) => ConstantChannels;

function channelsAfter(graph: Graph, node: Node, input: ChannelsOfInput): ConstantChannels | null {
  const { op } = node;
  const first = at(node.inputs, 0);
  const x = typeOf(graph, first);
  const y = at(outputTypes(graph, node), 0);
  const last = x.shape.length - 1;
  switch (op.type) {
    case 'conv-2d':
    case 'depthwise-conv-2d':
    case 'fully-connected':
      return throughProduct(graph, node, op, input(first));
    case 'map':
    case 'requantize':
    case 'quantize':
    case 'dequantize':
      return onPixel(graph, op, [input(first)], [x], y);
    case 'zip':
      return throughZip(graph, node, op, input);
    case 'pool-2d': {
      const window = { ...op, attributes: { ...op.attributes, padding: noPadding } };
      return onPixel(graph, window, [input(first)], [x], y, [1, ...op.attributes.kernel]);
    }
    case 'reduce': {
      const reduced = x.shape.map((size, axis) => (op.attributes.axes.includes(axis) ? size : 1));
      if (op.attributes.axes.includes(last) || elementCount(reduced) * dimension(x.shape, -1) > maxReduced) return null;
      return onPixel(graph, op, [input(first)], [x], y, reduced.slice(0, -1));
    }
    case 'pad': {
      const element = padElement(op.attributes, x);
      const around = op.attributes.before.some((n, axis) => n + at(op.attributes.after, axis) > 0 && axis < last);
      const inner = input(first).map((constant) => (around && constant !== element ? Number.NaN : constant));
      const side = (count: number) => new Array<number>(count).fill(element);
      return Float64Array.from([
        ...side(at(op.attributes.before, last)),
        ...inner,
        ...side(at(op.attributes.after, last)),
      ]);
    }
    case 'concat':
      if (op.attributes.axis === last) return Float64Array.from(node.inputs.flatMap((id) => [...input(id)]));
      return node.inputs
        .map(input)
        .reduce((a, b) => a.map((constant, c) => (constant === b[c] ? constant : Number.NaN)));
    case 'slice': {
      const [begin, step] = [at(op.attributes.begin, last), at(op.attributes.strides, last)];
      return Float64Array.from({ length: dimension(y.shape, -1) }, (_, i) => at(input(first), begin + i * step));
    }
    case 'transpose':
      return op.attributes.permutation.at(-1) === last ? input(first) : null;
    case 'reshape': {
      // Element f of the row-major order is in channel f mod inner of the input and f mod outer of the output.
      const [inner, outer] = [input(first).length, dimension(y.shape, -1)];
      const channels = input(first);
      if (outer % inner === 0) return Float64Array.from({ length: outer }, (_, c) => at(channels, c % inner));
      if (inner % outer !== 0) return null;
      const differs = (c: number) => channels.some((constant, i) => i % outer === c && constant !== at(channels, c));
      return channels.slice(0, outer).map((constant, c) => (differs(c) ? Number.NaN : constant));
    }
    case 'resize-bilinear':
      // Weights add up to 1, and integers come back when the sum is rounded.
      return input(first);
    default:
      return null;
  }
}

/**
 * The operator on pixels of constants: `around` are the axes before the channels. Channels of which an operand is not known stay
 * unknown.
 */
function onPixel(
  graph: Graph,
  op: Op,
  operands: readonly ConstantChannels[],
  types: readonly TensorType[],
  output: TensorType,
  around: Shape = [],
): ConstantChannels | null {
  const inputs = operands.map((channels, i) => pixels(channels, at(types, i), around));
  const channels = Math.max(...operands.map(({ length }) => length));
  const kept = around.filter(
    (_, axis) => op.type !== 'reduce' || op.attributes.keepDims || !op.attributes.axes.includes(axis),
  );
  const type = { ...output, shape: [...kept.map(() => 1), channels] };
  const [result] = evaluateOp(op, inputs, [type], graph.rounding);
  if (result === undefined) return null;
  const isKnown = (c: number) => operands.every((operand) => !Number.isNaN(at(operand, operand.length === 1 ? 0 : c)));
  return Float64Array.from(numericData(result), (element, c) => (isKnown(c) ? element : Number.NaN));
}

/** A tensor of the given channels at each place around; 0 stands for those that are not known. */
function pixels(channels: ConstantChannels, type: TensorType, around: Shape): Tensor {
  const tensor = zeros({ ...type, shape: [...around, channels.length] });
  const zero = zeroOf(type);
  for (let i = 0; i < tensor.data.length; i++) {
    const element = at(channels, i % channels.length);
    storeElement(tensor.data, i, Number.isNaN(element) ? zero : element);
  }
  return tensor;
}

/** The stored element that means 0. */
export function zeroOf({ quantization }: TensorType): number {
  return quantization.kind === 'none' ? 0 : zeroPointAt(quantization, 0);
}

/** A product with 0 is 0, whatever the other factor is. */
function throughZip(graph: Graph, node: Node, op: Op<'zip'>, input: ChannelsOfInput): ConstantChannels | null {
  const [a, b] = [at(node.inputs, 0), at(node.inputs, 1)];
  const types = [typeOf(graph, a), typeOf(graph, b)];
  const y = at(outputTypes(graph, node), 0);
  const operands = [input(a), input(b)];
  const result = onPixel(graph, op, operands, types, y);
  if (op.attributes.fn !== 'mul' || result === null) return result;
  const zeroed = onPixel(
    graph,
    op,
    [Float64Array.of(zeroOf(at(types, 0))), Float64Array.of(zeroOf(at(types, 1)))],
    types,
    y,
  );
  if (zeroed === null) return result;
  const isZero = (i: 0 | 1, c: number) => {
    const operand = at(operands, i);
    return at(operand, operand.length === 1 ? 0 : c) === zeroOf(at(types, i));
  };
  return result.map((element, c) => (isZero(0, c) || isZero(1, c) ? at(zeroed, 0) : element));
}

/**
 * A convolution or matrix product on one window of constants. An output channel is known where every input channel that it reads with
 * a weight other than 0 is, and where padding, which means 0, makes no difference.
 */
function throughProduct(
  graph: Graph,
  node: Node,
  op: Op<'conv-2d' | 'depthwise-conv-2d' | 'fully-connected'>,
  x: ConstantChannels,
): ConstantChannels | null {
  const [weights, bias] = [constantOf(graph, at(node.inputs, 1)), constantOf(graph, at(node.inputs, 2))];
  const type = typeOf(graph, at(node.inputs, 0));
  const y = at(outputTypes(graph, node), 0);
  if (weights === null || bias === null || op.attributes.hybrid !== 'none') return null;
  const padded = op.type !== 'fully-connected' && Object.values(op.attributes.padding).some((n) => n > 0);
  const usable = x.map((element) => (padded && element !== zeroOf(type) ? Number.NaN : element));
  const unknown = channelsWithUnknown(op, weights, usable, dimension(y.shape, -1));
  if (unknown.every((is) => is)) return null;
  const isImage = op.type !== 'fully-connected';
  const around = isImage ? [1, dimension(weights.type.shape, 1), dimension(weights.type.shape, 2)] : [];
  const shape = [...around.map(() => 1), dimension(y.shape, -1)];
  const [result] = evaluateOp(
    onOneWindow(op),
    [pixels(usable, type, around), weights, bias],
    [{ ...y, shape }],
    graph.rounding,
  );
  if (result === undefined) return null;
  return Float64Array.from(numericData(result), (element, c) => (unknown[c] === true ? Number.NaN : element));
}

/** The product as it is where no padding is near and the taps lie side by side. */
function onOneWindow(op: Op<'conv-2d' | 'depthwise-conv-2d' | 'fully-connected'>): Op {
  const plain = { padding: noPadding, dilations: [1, 1] } as const;
  switch (op.type) {
    case 'conv-2d':
      return { type: op.type, attributes: { ...op.attributes, ...plain } };
    case 'depthwise-conv-2d':
      return { type: op.type, attributes: { ...op.attributes, ...plain } };
    case 'fully-connected':
      return op;
  }
}

/** For each output channel: whether it reads a channel that is not known. */
function channelsWithUnknown(op: Op, weights: Tensor, x: ConstantChannels, outputs: number): boolean[] {
  const data = numericData(weights);
  const unknown = new Array<boolean>(outputs).fill(false);
  const depth = dimension(weights.type.shape, -1);
  const groups = op.type === 'conv-2d' ? op.attributes.groups : 1;
  const { quantization } = weights.type;
  for (let i = 0; i < data.length; i++) {
    const output = op.type === 'depthwise-conv-2d' ? i % outputs : Math.floor(i / (data.length / outputs));
    if (at(data, i) === (quantization.kind === 'none' ? 0 : zeroPointAt(quantization, output))) continue;
    const input =
      op.type === 'depthwise-conv-2d'
        ? Math.floor(output / (outputs / x.length))
        : Math.floor(output / (outputs / groups)) * depth + (i % depth);
    if (Number.isNaN(at(x, input))) unknown[output] = true;
  }
  return unknown;
}
