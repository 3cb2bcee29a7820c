import { noClamp } from '../ops/definition.ts';
import { noPadding, type Padding } from '../ops/window.ts';
import { dimension, elementCount, type Shape } from '../tensor/shape.ts';
import { dataAs, type Tensor } from '../tensor/tensor.ts';
import type { Operand } from './graph-writer.ts';
import type { LayerWriter } from './layer-writer.ts';

/** Layers that Keras and TensorFlow share, on NHWC tensors with kernels in HWIO order. */

export type Pair = readonly [height: number, width: number];

/** TensorFlow's padding: `same` gives ceil(size / stride) outputs, the odd pixel after; or pixels before and after. */
export type PaddingMode = 'same' | 'valid' | Padding;

export interface WindowAttributes {
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly padding: PaddingMode;
}

/** Pixels before and after along one axis for `same` (TensorFlow, `tf.nn.convolution`). */
export function samePadding(size: number, kernel: number, stride: number, dilation: number): Pair {
  const extent = (kernel - 1) * dilation + 1;
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

function pixels(window: WindowAttributes, shape: Shape, kernel: Pair): Padding {
  const { padding, strides, dilations } = window;
  if (padding === 'valid') return noPadding;
  if (padding !== 'same') return padding;
  const [top, bottom] = samePadding(dimension(shape, 1), kernel[0], strides[0], dilations[0]);
  const [left, right] = samePadding(dimension(shape, 2), kernel[1], strides[1], dilations[1]);
  return { top, bottom, left, right };
}

/** Convolution of [N,H,W,C] with a kernel [KH,KW,C/groups,O] and a bias [O], or null without one. */
export function convolution(
  layer: LayerWriter,
  input: Operand,
  kernel: Operand,
  bias: Operand | null,
  window: WindowAttributes,
  groups: number,
): Operand {
  layer.floatOnly(input, kernel);
  expectRank(layer, input, 4);
  expectRank(layer, kernel, 4);
  const { shape } = kernel.type;
  const size: Pair = [dimension(shape, 0), dimension(shape, 1)];
  const padding = pixels(window, input.type.shape, size);
  const { strides, dilations } = window;
  const common = { strides, dilations, padding, clamp: noClamp, hybrid: 'none' } as const;
  const channels = dimension(shape, 3);
  const operands = (weights: Operand) => [input, weights, bias ?? layer.floats(new Float32Array(channels), [channels])];
  if (groups > 1 && groups === dimension(input.type.shape, 3) && dimension(shape, 2) === 1) {
    const weights = layer.reshape(kernel, [1, ...size, channels]);
    return layer.write({ type: 'depthwise-conv-2d', attributes: common }, operands(weights));
  }
  const weights = layer.transpose(kernel, [3, 0, 1, 2]);
  return layer.write({ type: 'conv-2d', attributes: { ...common, groups } }, operands(weights));
}

/** Depthwise convolution with a kernel [KH,KW,C,M]; output channel c * M + m reads input channel c. */
export function depthwiseConvolution(
  layer: LayerWriter,
  input: Operand,
  kernel: Operand,
  bias: Operand | null,
  window: WindowAttributes,
): Operand {
  layer.floatOnly(input, kernel);
  expectRank(layer, input, 4);
  expectRank(layer, kernel, 4);
  const { shape } = kernel.type;
  if (dimension(shape, 2) !== dimension(input.type.shape, 3)) {
    throw layer.invalid(`its kernel is for ${shape[2]} channels, the input has ${input.type.shape[3]}`);
  }
  const size: Pair = [dimension(shape, 0), dimension(shape, 1)];
  const padding = pixels(window, input.type.shape, size);
  const channels = dimension(shape, 2) * dimension(shape, 3);
  const weights = layer.reshape(kernel, [1, ...size, channels]);
  const { strides, dilations } = window;
  return layer.write(
    { type: 'depthwise-conv-2d', attributes: { strides, dilations, padding, clamp: noClamp, hybrid: 'none' } },
    [input, weights, bias ?? layer.floats(new Float32Array(channels), [channels])],
  );
}

/**
 * Transposed convolution with a kernel [KH,KW,O,C] in terms of a plain one: strides - 1 zeros between the pixels of the input, the
 * kernel turned by 180 degrees, and the padding that the wanted output size leaves.
 *
 * @param output rows and columns of the result
 * @param before pixels that the matching forward convolution pads at the top and left
 */
export function transposedConvolution(
  layer: LayerWriter,
  input: Operand,
  kernel: Tensor,
  bias: Operand | null,
  strides: Pair,
  output: Pair,
  before: Pair,
): Operand {
  layer.floatOnly(input);
  expectRank(layer, input, 4);
  const [n, h, w, c] = input.type.shape.map((_, axis) => dimension(input.type.shape, axis)) as [
    number,
    number,
    number,
    number,
  ];
  const [kh = 1, kw = 1, o = 1, kc = 1] = kernel.type.shape;
  if (kernel.type.shape.length !== 4 || kc !== c)
    throw layer.invalid(`its kernel is for ${kc} channels, the input has ${c}`);
  const spread = dilate(layer, input, [n, h, w, c], strides);
  const turned = new Float32Array(kernel.data.length);
  const source = dataAs(kernel, 'float32');
  for (let i = 0; i < kh * kw; i++) {
    for (let k = 0; k < o; k++) {
      for (let j = 0; j < c; j++) turned[(k * kh * kw + (kh * kw - 1 - i)) * c + j] = source[(i * o + k) * c + j] ?? 0;
    }
  }
  const rows = padCut(output[0], (h - 1) * strides[0] + 1, kh, before[0]);
  const columns = padCut(output[1], (w - 1) * strides[1] + 1, kw, before[1]);
  const padding: Padding = { top: rows.before, bottom: rows.after, left: columns.before, right: columns.after };
  const attributes = {
    strides: [1, 1],
    dilations: [1, 1],
    padding,
    clamp: noClamp,
    hybrid: 'none',
    groups: 1,
  } as const;
  const full = layer.write({ type: 'conv-2d', attributes }, [
    spread,
    layer.floats(turned, [o, kh, kw, c]),
    bias ?? layer.floats(new Float32Array(o), [o]),
  ]);
  const begin = [0, rows.cut, columns.cut, 0];
  if (rows.cut === 0 && columns.cut === 0 && full.type.shape[1] === output[0] && full.type.shape[2] === output[1])
    return full;
  return layer.write({ type: 'slice', attributes: { begin, size: [n, ...output, o], strides: [1, 1, 1, 1] } }, [full]);
}

/** Padding before and after so that the window gives `output` places; what must be cut off where the padding would be negative. */
function padCut(output: number, size: number, kernel: number, forward: number) {
  const start = kernel - 1 - forward;
  const cut = Math.max(0, -start);
  const before = Math.max(0, start);
  return { before, cut, after: Math.max(0, output + cut - (size + before - kernel + 1)) };
}

/** strides - 1 zeros after each pixel but the last. */
function dilate(
  layer: LayerWriter,
  input: Operand,
  [n, h, w, c]: readonly [number, number, number, number],
  strides: Pair,
): Operand {
  const [sh, sw] = strides;
  if (sh === 1 && sw === 1) return input;
  const split = layer.reshape(input, [n, h, 1, w, 1, c]);
  const before = [0, 0, 0, 0, 0, 0];
  const attributes = { before, after: [0, 0, sh - 1, 0, sw - 1, 0], value: 0 };
  const spread = layer.reshape(layer.write({ type: 'pad', attributes }, [split]), [n, h * sh, w * sw, c]);
  const size = [n, (h - 1) * sh + 1, (w - 1) * sw + 1, c];
  return layer.write({ type: 'slice', attributes: { begin: [0, 0, 0, 0], size, strides: [1, 1, 1, 1] } }, [spread]);
}

/** Pooling; the average counts only pixels inside the input, as TensorFlow does for `same`. */
export function pooling(
  layer: LayerWriter,
  kind: 'average' | 'max',
  input: Operand,
  kernel: Pair,
  window: Omit<WindowAttributes, 'dilations'>,
): Operand {
  layer.floatOnly(input);
  expectRank(layer, input, 4);
  const full = { ...window, dilations: [1, 1] } as const;
  const padding = pixels(full, input.type.shape, kernel);
  const attributes = { kind, kernel, ...full, padding, clamp: noClamp, ties: 'away' } as const;
  return layer.write({ type: 'pool-2d', attributes }, [input]);
}

/** What a batch normalization knows of each channel; null stands for ones or zeros. */
export interface Statistics {
  readonly gamma: Tensor | null;
  readonly beta: Tensor | null;
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * (x - mean) / sqrt(variance + epsilon) * gamma + beta along `axis` as x * a + b, computed in double precision.
 * `passes/fold-scale` takes them into a product before it.
 */
export function batchNormalization(
  layer: LayerWriter,
  input: Operand,
  { gamma, beta, mean, variance }: Statistics,
  epsilon: number,
  axis: number,
): Operand {
  layer.floatOnly(input);
  const { shape } = input.type;
  const channels = dimension(shape, axis);
  for (const tensor of [gamma, beta, mean, variance]) {
    if (tensor !== null && tensor.data.length !== channels) {
      throw layer.invalid(`its statistics are for ${tensor.data.length} channels, the input has ${channels}`);
    }
  }
  const at = (tensor: Tensor | null, i: number, fallback: number) =>
    tensor === null ? fallback : Number(tensor.data[i]);
  const factors = Array.from({ length: channels }, (_, i) => at(gamma, i, 1) / Math.sqrt(at(variance, i, 1) + epsilon));
  const offsets = factors.map((factor, i) => at(beta, i, 0) - at(mean, i, 0) * factor);
  return scaleAndShift(layer, input, factors, offsets, axis);
}

/** x * factors + offsets along `axis`. */
export function scaleAndShift(
  layer: LayerWriter,
  input: Operand,
  factors: readonly number[],
  offsets: readonly number[],
  axis: number,
): Operand {
  if (![...factors, ...offsets].every((value) => Number.isFinite(Math.fround(value)))) {
    throw layer.invalid('its statistics give numbers that are not finite');
  }
  const rank = input.type.shape.length;
  const shape =
    axis === rank - 1
      ? [factors.length]
      : Array.from({ length: rank - axis }, (_, i) => (i === 0 ? factors.length : 1));
  const scaled = layer.zip('mul', input, layer.floats(factors, shape));
  return layer.zip('add', scaled, layer.floats(offsets, shape));
}

/** The last axis times a matrix [K,O], plus a bias [O] where there is one. */
export function dense(layer: LayerWriter, input: Operand, kernel: Operand, bias: Operand | null): Operand {
  layer.floatOnly(input, kernel);
  expectRank(layer, kernel, 2);
  const units = dimension(kernel.type.shape, 1);
  if (input.type.shape.length === 0) throw layer.invalid('its input is a scalar');
  return layer.write({ type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } }, [
    input,
    layer.transpose(kernel, [1, 0]),
    bias ?? layer.floats(new Float32Array(units), [units]),
  ]);
}

/** Softmax along any axis. */
export function softmax(layer: LayerWriter, input: Operand, axis: number): Operand {
  layer.floatOnly(input);
  const { shape } = input.type;
  if (shape.length === 0) throw layer.invalid('its input is a scalar');
  const order = [...shape.keys()].filter((other) => other !== axis).concat(axis);
  const back = [...shape.keys()].map((other) => order.indexOf(other));
  const result = layer.write({ type: 'softmax', attributes: { beta: 1 } }, [layer.transpose(input, order)]);
  return layer.transpose(result, back);
}

/** Each pixel as a block of equal ones: rows and columns taken several times. */
export function repeatPixels(layer: LayerWriter, input: Operand, [rows, columns]: Pair): Operand {
  expectRank(layer, input, 4);
  let result = input;
  for (const [axis, factor] of [
    [1, rows],
    [2, columns],
  ] as const) {
    if (factor === 1) continue;
    const size = dimension(result.type.shape, axis);
    if (!(size * factor <= 2 ** 20)) throw layer.invalid(`its result would have ${size * factor} rows or columns`);
    const places = Array.from({ length: size * factor }, (_, i) => Math.floor(i / factor));
    result = layer.write({ type: 'gather', attributes: { axis, count: 1 } }, [
      result,
      layer.indices(places, [places.length, 1]),
    ]);
  }
  return result;
}

function expectRank(layer: LayerWriter, operand: Operand, rank: number): void {
  const found = operand.type.shape.length;
  if (found !== rank) throw layer.invalid(`it has an operand of ${found} dimensions, not ${rank}`);
}

/** [N, everything else]. */
export function flatten(layer: LayerWriter, input: Operand): Operand {
  const { shape } = input.type;
  if (shape.length === 0) throw layer.invalid('its input is a scalar');
  const batch = dimension(shape, 0);
  return layer.reshape(input, [batch, elementCount(shape) / batch]);
}
