import { constantOf, type Graph, type Node, typeOf, valueById } from '../../converter/ir/graph.ts';
import type { Clamp } from '../../converter/ops/definition.ts';
import { clampOf } from '../../converter/ops/map.ts';
import type { Op } from '../../converter/ops/op.ts';
import type { Window } from '../../converter/ops/window.ts';
import type { Shape } from '../../converter/tensor/shape.ts';
import { dataAs } from '../../converter/tensor/tensor.ts';

/** A float model as a list of calls of TensorFlow.js, for `page/tfjs-network.js`. Values are numbered as in the graph. */
export interface TfjsDescription {
  readonly inputShape: Shape;
  readonly input: number;
  readonly output: number;
  readonly calls: readonly TfjsCall[];
  /** Constants by value, in floats from the start of the weights. */
  readonly constants: Readonly<Record<number, { readonly offset: number; readonly shape: Shape }>>;
}

export interface TfjsCall {
  readonly fn: string;
  readonly inputs: readonly number[];
  readonly output: number;
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly padding?: readonly (readonly number[])[];
  readonly kernel?: readonly number[];
  readonly axes?: readonly number[];
  readonly keepDims?: boolean;
  readonly shape?: Shape;
  readonly value?: number;
  /** Bounds of the result; absent where there are none. */
  readonly clamp?: { readonly min: number | null; readonly max: number | null };
}

/** Throws Error for an operator that this small translation does not know. */
export function describeForTfjs(graph: Graph): { description: TfjsDescription; weights: Uint8Array } {
  const [input] = graph.inputs;
  const [output] = graph.outputs;
  if (input === undefined || output === undefined) throw new Error('the model has no input or output');
  const constants: Record<number, { offset: number; shape: Shape }> = {};
  const floats: Float32Array[] = [];
  let offset = 0;
  const layouts = weightLayouts(graph);
  for (const [id, value] of graph.values) {
    const tensor = constantOf(graph, id);
    if (tensor === null || value.type.dtype !== 'float32') continue;
    const { data, shape } = toTfjsLayout(dataAs(tensor, 'float32'), value.type.shape, layouts.get(id) ?? 'plain');
    constants[id] = { offset, shape };
    floats.push(data);
    offset += data.length;
  }
  const calls = graph.nodes.map((node) => callOf(graph, node));
  const weights = new Uint8Array(Buffer.concat(floats.map((data) => new Uint8Array(data.buffer))));
  const { value } = input;
  const description = { inputShape: typeOf(graph, value).shape, input: value, output: output.value, calls, constants };
  return { description, weights };
}

type Layout = 'plain' | 'conv' | 'depthwise' | 'dense';

/** How the weights of each layer have to be turned. */
function weightLayouts(graph: Graph): ReadonlyMap<number, Layout> {
  const layouts = new Map<number, Layout>();
  for (const { op, inputs } of graph.nodes) {
    const [, weights] = inputs;
    if (weights === undefined) continue;
    if (op.type === 'conv-2d') layouts.set(weights, 'conv');
    if (op.type === 'depthwise-conv-2d') layouts.set(weights, 'depthwise');
    if (op.type === 'fully-connected') layouts.set(weights, 'dense');
  }
  return layouts;
}

/** OHWI to HWIO, 1 x H x W x C to H x W x C x 1, and O x I to I x O. */
function toTfjsLayout(data: Float32Array, shape: Shape, layout: Layout): { data: Float32Array; shape: Shape } {
  const [first = 1, ...rest] = shape;
  if (layout === 'plain') return { data: Float32Array.from(data), shape };
  if (layout === 'depthwise') return { data: Float32Array.from(data), shape: [...rest, 1] };
  const turned = new Float32Array(data.length);
  const inner = data.length / first;
  for (let row = 0; row < first; row++) {
    for (let k = 0; k < inner; k++) turned[k * first + row] = data[row * inner + k] ?? 0;
  }
  return { data: turned, shape: [...rest, first] };
}

function callOf(graph: Graph, node: Node): TfjsCall {
  const { op, inputs, outputs } = node;
  const [output] = outputs;
  if (output === undefined) throw new Error(`${node.name} has no output`);
  const { shape } = valueById(graph, output).type;
  return { inputs, output, ...callArguments(op, shape, node.name) };
}

function callArguments(op: Op, shape: Shape, name: string): Omit<TfjsCall, 'inputs' | 'output'> {
  switch (op.type) {
    case 'conv-2d':
      if (op.attributes.groups !== 1) throw new Error(`${name}: groups`);
      return { fn: 'conv2d', ...windowOf(op.attributes), ...clampArgument(op.attributes.clamp) };
    case 'depthwise-conv-2d':
      return { fn: 'depthwiseConv2d', ...windowOf(op.attributes), ...clampArgument(op.attributes.clamp) };
    case 'fully-connected':
      return { fn: 'matMul', shape, ...clampArgument(op.attributes.clamp) };
    case 'pool-2d': {
      const { kind, kernel, clamp } = op.attributes;
      const fn = kind === 'average' ? 'avgPool' : 'maxPool';
      return { fn, kernel, ...windowOf(op.attributes), ...clampArgument(clamp) };
    }
    case 'reduce':
      if (op.attributes.kind !== 'mean') throw new Error(`${name}: reduce ${op.attributes.kind}`);
      return { fn: 'mean', axes: op.attributes.axes, keepDims: op.attributes.keepDims };
    case 'zip':
      if (op.attributes.fn !== 'add') throw new Error(`${name}: zip ${op.attributes.fn}`);
      return { fn: 'add', ...clampArgument(op.attributes.clamp) };
    case 'map': {
      const clamp = clampOf(op.attributes.expression);
      if (clamp === null) throw new Error(`${name}: map`);
      return { fn: 'clamp', ...clampArgument(clamp) };
    }
    case 'softmax':
      return { fn: 'softmax' };
    case 'reshape':
      return { fn: 'reshape', shape };
    case 'concat':
      return { fn: 'concat', axes: [op.attributes.axis] };
    case 'pad': {
      const { before, after, value } = op.attributes;
      return { fn: 'pad', padding: before.map((size, axis) => [size, after[axis] ?? 0]), value };
    }
    default:
      throw new Error(`${name}: ${op.type} has no translation`);
  }
}

function windowOf({ strides, dilations, padding }: Window) {
  const { top, bottom, left, right } = padding;
  return {
    strides,
    dilations,
    padding: [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
  };
}

/** JSON has no infinity: null stands for no bound. */
function clampArgument({ min, max }: Clamp): Pick<TfjsCall, 'clamp'> {
  const bound = (value: number) => (Number.isFinite(value) ? value : null);
  return min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY
    ? {}
    : { clamp: { min: bound(min), max: bound(max) } };
}
