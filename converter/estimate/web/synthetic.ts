import { GraphBuilder } from '../../ir/builder.ts';
import type { Graph } from '../../ir/graph.ts';
import { type Clamp, noClamp } from '../../ops/definition.ts';
import type { Op } from '../../ops/op.ts';
import { outputShapes } from '../../ops/registry.ts';
import { theVariable, unary } from '../../ops/scalar-expression.ts';
import { allocate } from '../../tensor/dtype.ts';
import { notQuantized, perTensor } from '../../tensor/quantization.ts';
import { elementCount, type Shape } from '../../tensor/shape.ts';
import { type Tensor, type TensorType, tensorType } from '../../tensor/tensor.ts';
import { SizeDraw } from './size-draw.ts';

/**
 * Layers of the usual sizes that a profile is fitted on: the same ones on every device. No trained model is among them, so that models
 * can judge the fit.
 */

/** The kinds of layers that are timed. */
export const syntheticKinds = [
  'pointwise',
  'convolution',
  'first',
  'depthwise',
  'dense',
  'pool',
  'add',
  'multiply',
  'sigmoid',
  'softmax',
  'mean',
  'pad',
  'concat',
  'transpose',
] as const;

export type SyntheticKind = (typeof syntheticKinds)[number];

/** Arithmetics that layers are timed in. */
export const syntheticArithmetics = ['float32', 'int8'] as const;

export type SyntheticArithmetic = (typeof syntheticArithmetics)[number];

/** A graph of one layer. */
export interface SyntheticLayer {
  readonly kind: SyntheticKind;
  readonly arithmetic: SyntheticArithmetic;
  readonly graph: Graph;
}

/** `count` layers of a kind; the first ones of a longer list are those of a shorter one. */
export function syntheticLayers(
  kind: SyntheticKind,
  arithmetic: SyntheticArithmetic,
  count: number,
): readonly SyntheticLayer[] {
  const draw = new SizeDraw(`${kind} ${arithmetic}`);
  const types = arithmetic === 'int8' ? int8Types : floatTypes;
  return Array.from({ length: count }, (_, i) => {
    return { kind, arithmetic, graph: makers[kind](draw, types, `${kind} ${arithmetic} ${i}`) };
  });
}

/** Layers one after the other that are long enough for threads. */
const networkLayers = 5;

/** A float32 network of convolutions that threads can share. */
export function syntheticNetwork(): Graph {
  const builder = new GraphBuilder();
  const [size, channels] = [32, 48];
  const type = plain([1, size, size, channels]);
  let value = builder.input('input', type);
  for (let i = 0; i < networkLayers; i++) {
    const weights = builder.constant(`weights${i}`, constantOf(plain([channels, 3, 3, channels])));
    const bias = builder.constant(`bias${i}`, constantOf(plain([channels])));
    const op: Op = { type: 'conv-2d', attributes: { ...windowOf(3, 1), clamp: relu, hybrid: 'none', groups: 1 } };
    value = builder.node(`layer ${i}`, op, [value, weights, bias], type, `result${i}`);
  }
  builder.output('output', value);
  return builder.build('network', 'thimble profile', 'exact');
}

/** The types of activations, weights and biases. */
interface Types {
  readonly activation: (shape: Shape) => TensorType;
  readonly weight: (shape: Shape) => TensorType;
  readonly bias: (shape: Shape) => TensorType;
  readonly sum: (shape: Shape, count: number) => TensorType;
  /** What a sigmoid or softmax gives. */
  readonly part: (shape: Shape) => TensorType;
}

const plain = (shape: Shape) => tensorType('float32', shape, notQuantized);

const floatTypes: Types = { activation: plain, weight: plain, bias: plain, sum: plain, part: plain };

const int8Types: Types = {
  activation: (shape) => tensorType('int8', shape, perTensor(Math.fround(0.05), -10)),
  weight: (shape) => tensorType('int8', shape, perTensor(Math.fround(0.01), 0)),
  bias: (shape) => tensorType('int32', shape, notQuantized),
  sum: (shape, count) => tensorType('int8', shape, perTensor(Math.fround(0.02 * Math.sqrt(count)), -128)),
  part: (shape) => tensorType('int8', shape, perTensor(1 / 256, -128)),
};

type Maker = (draw: SizeDraw, types: Types, name: string) => Graph;

/** The most products of a usual layer: enough of them to see what repeats, few enough for many rounds on a slow phone. */
const mostMacs = 2_000_000;

/** One layer of so many has tensors that small caches do not hold. */
const largeOneIn = 4;

const relu: Clamp = { min: 0, max: Number.POSITIVE_INFINITY };

const makers: { readonly [K in SyntheticKind]: Maker } = {
  pointwise(draw, types, name) {
    if (!draw.oneIn(largeOneIn)) return convolution(draw, types, name, 1, [8, 320]);
    const [inputs, outputs, size] = [draw.channels(160, 640), draw.channels(256, 1280), draw.size(4, 7)];
    const op: Op = { type: 'conv-2d', attributes: { ...windowOf(1, 1), clamp: relu, hybrid: 'none', groups: 1 } };
    return product(
      op,
      types.activation([1, size, size, inputs]),
      [outputs, 1, 1, inputs],
      outputs,
      inputs,
      types,
      name,
    );
  },
  convolution: (draw, types, name) => convolution(draw, types, name, 3, draw.oneIn(largeOneIn) ? [96, 256] : [8, 128]),
  first: (draw, types, name) => convolution(draw, types, name, 3, [1, 3]),
  depthwise(draw, types, name) {
    const kernel = draw.pick(3, 3, 3, 5);
    const isLarge = draw.oneIn(largeOneIn);
    const [channels, size] = isLarge
      ? [draw.channels(32, 128), draw.size(48, 112)]
      : [draw.channels(8, 320), draw.size(4, 48)];
    const strides = draw.pick(1, 1, 2);
    const height = Math.max(
      2,
      Math.min(size, Math.floor(((isLarge ? 4 : 0.5) * mostMacs) / (size * channels * kernel * kernel))),
    );
    const window = windowOf(kernel, strides);
    const op: Op = { type: 'depthwise-conv-2d', attributes: { ...window, clamp: relu, hybrid: 'none' } };
    const input = types.activation([1, height, size, channels]);
    return product(op, input, [1, kernel, kernel, channels], channels, kernel * kernel, types, name);
  },
  dense(draw, types, name) {
    const isLarge = draw.oneIn(largeOneIn);
    const [depth, units] = isLarge
      ? [draw.channels(512, 2048), draw.channels(256, 1024)]
      : [draw.channels(16, 1024), draw.channels(8, 512)];
    const op: Op = { type: 'fully-connected', attributes: { clamp: draw.pick(relu, noClamp), hybrid: 'none' } };
    return product(op, types.activation([1, depth]), [units, depth], units, depth, types, name);
  },
  pool(draw, types, name) {
    const kind = draw.pick('average', 'max');
    const whole = kind === 'average' && draw.pick(true, false);
    const [size, channels] = [draw.size(4, whole ? 12 : 40), draw.channels(8, 256)];
    const side = whole ? size : draw.pick(2, 3);
    const padding = { top: 0, left: 0, bottom: 0, right: 0 };
    const window = { strides: [2, 2], dilations: [1, 1], padding } as const;
    const attributes = { ...window, kind, kernel: [side, side], clamp: noClamp, ties: 'away' } as const;
    const input = types.activation([1, size, size, channels]);
    return single({ type: 'pool-2d', attributes }, [input], types.activation, name);
  },
  add: (draw, types, name) => zip('add', draw, types, name),
  multiply: (draw, types, name) => zip('mul', draw, types, name),
  sigmoid(draw, types, name) {
    const input = types.activation([1, draw.size(16, 30_000)]);
    return single(
      { type: 'map', attributes: { expression: unary('logistic', theVariable) } },
      [input],
      types.part,
      name,
    );
  },
  softmax(draw, types, name) {
    const input = types.activation([draw.pick(1, 1, 1, 16), draw.size(2, 1000)]);
    return single({ type: 'softmax', attributes: { beta: 1 } }, [input], types.part, name);
  },
  mean(draw, types, name) {
    const size = draw.size(2, 14);
    const input = types.activation([1, size, size, draw.channels(8, 320)]);
    const attributes = { kind: 'mean', axes: [1, 2], keepDims: false } as const;
    return single({ type: 'reduce', attributes }, [input], types.activation, name);
  },
  pad(draw, types, name) {
    const size = draw.size(4, 48);
    const input = types.activation([1, size, size, draw.channels(1, 64)]);
    const attributes = { before: [0, 1, 1, 0], after: [0, 1, 1, 0], value: 0 };
    return single({ type: 'pad', attributes }, [input], types.activation, name);
  },
  concat(draw, types, name) {
    const size = draw.size(4, 32);
    const inputs = [0, 1].map(() => types.activation([1, size, size, draw.channels(4, 64)]));
    return single({ type: 'concat', attributes: { axis: 3 } }, inputs, types.activation, name);
  },
  transpose(draw, types, name) {
    const size = draw.size(4, 32);
    const input = types.activation([1, size, size, draw.channels(3, 64)]);
    return single({ type: 'transpose', attributes: { permutation: [0, 3, 1, 2] } }, [input], types.activation, name);
  },
};

function convolution(
  draw: SizeDraw,
  types: Types,
  name: string,
  kernel: number,
  [fewest, most]: readonly [number, number],
): Graph {
  const isFirst = most <= 4;
  const [inputs, outputs] = [draw.channels(fewest, most), draw.channels(8, isFirst ? 32 : most)];
  const strides = isFirst ? draw.pick(1, 2, 2) : draw.pick(1, 1, 1, 2);
  const width = draw.size(isFirst ? 12 : 3, isFirst ? 96 : 40);
  const perRow = (width * inputs * outputs * kernel * kernel) / strides ** 2;
  const height = Math.max(kernel, Math.min(width, Math.floor(mostMacs / perRow)));
  const window = windowOf(kernel, strides);
  const clamp = draw.pick(relu, relu, noClamp);
  const op: Op = { type: 'conv-2d', attributes: { ...window, clamp, hybrid: 'none', groups: 1 } };
  const input = types.activation([1, height, width, inputs]);
  return product(op, input, [outputs, kernel, kernel, inputs], outputs, inputs * kernel * kernel, types, name);
}

function windowOf(kernel: number, stride: number) {
  const before = (kernel - 1) >> 1;
  const padding = { top: before, left: before, bottom: before, right: before };
  return { strides: [stride, stride], dilations: [1, 1], padding } as const;
}

function zip(fn: 'add' | 'mul', draw: SizeDraw, types: Types, name: string): Graph {
  const size = draw.oneIn(largeOneIn) ? draw.size(40, 80) : draw.size(4, 40);
  const channels = draw.channels(8, 128);
  const input = types.activation([1, size, size, channels]);
  const other = fn === 'mul' && draw.pick(true, false) ? types.activation([1, 1, 1, channels]) : input;
  return single({ type: 'zip', attributes: { fn, clamp: noClamp } }, [input, other], types.activation, name);
}

function product(
  op: Op,
  input: TensorType,
  weightShape: Shape,
  channels: number,
  sums: number,
  types: Types,
  name: string,
): Graph {
  const weights = constantOf(types.weight(weightShape));
  const bias = constantOf(types.bias([channels]));
  return single(op, [input, weights, bias], (shape) => types.sum(shape, sums), name);
}

/** Constants that repeat, so that they take little room once compressed: their values do not matter, but none is tiny. */
function constantOf(type: TensorType): Tensor {
  const data = allocate(type.dtype, elementCount(type.shape));
  for (let i = 0; i < data.length; i++) {
    const value = ((i * 37) % 61) - 30;
    if (data instanceof Float32Array) data[i] = value / 64;
    else if (!(data instanceof BigInt64Array)) data[i] = value;
  }
  return { type, data };
}

/** A graph of one operator; tensors are constants, types are inputs. */
function single(
  op: Op,
  inputs: readonly (TensorType | Tensor)[],
  output: (shape: Shape) => TensorType,
  name: string,
): Graph {
  const builder = new GraphBuilder();
  const ids = inputs.map((item, i) =>
    'data' in item ? builder.constant(`constant${i}`, item) : builder.input(`input${i}`, item),
  );
  const types = inputs.map((item) => ('data' in item ? item.type : item));
  const [shape = []] = outputShapes(op, types);
  builder.output('output', builder.node(name, op, ids, output(shape), 'result'));
  return builder.build(name, 'thimble profile', 'exact');
}
