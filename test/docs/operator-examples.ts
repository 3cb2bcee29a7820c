import { noClamp } from '../../converter/ops/definition.ts';
import type { Op, OpType } from '../../converter/ops/op.ts';
import { theVariable, unary } from '../../converter/ops/scalar-expression.ts';
import { noPadding } from '../../converter/ops/window.ts';
import type { DType } from '../../converter/tensor/dtype.ts';
import { notQuantized, perTensor } from '../../converter/tensor/quantization.ts';
import type { Shape } from '../../converter/tensor/shape.ts';
import { type Tensor, type TensorType, tensorType, zeros } from '../../converter/tensor/tensor.ts';

/** A small node of one operator on data of a dtype. The page of operators is made by trying it with every dtype. */
export interface OperatorExample<T extends OpType> {
  /** What the operator computes, for the page. */
  readonly summary: string;
  readonly op: Op<T>;
  /** Operands for data of this dtype; tensors are constants. */
  readonly inputs: (dtype: DType) => readonly (TensorType | Tensor)[];
  /** Type of output `index` but for its shape. */
  readonly output: (dtype: DType, index: number) => TensorType;
}

/** A tensor of data: integers of 8 and 16 bits are quantized, as they are in models. */
export function data(dtype: DType, shape: Shape = []): TensorType {
  const quantization =
    dtype === 'int8' || dtype === 'uint8' ? perTensor(0.5, 1) : dtype === 'int16' ? perTensor(0.5, 0) : notQuantized;
  return tensorType(dtype, shape, quantization);
}

const same = (dtype: DType) => data(dtype);
const unlike = (dtype: DType) => (): TensorType => data(dtype);

/** Weights and bias for data of a dtype: int8 weights with an int32 bias for integers (int64 for 16 bits), else floats. */
function product(weights: Shape, channels: number): (dtype: DType) => readonly Tensor[] {
  return (dtype) => {
    const isInteger = dtype !== 'float32' && dtype !== 'float16';
    const w = isInteger ? tensorType('int8', weights, perTensor(0.25, 0)) : data(dtype, weights);
    const bias = tensorType(dtype === 'int16' ? 'int64' : isInteger ? 'int32' : dtype, [channels]);
    return [zeros(w), zeros(bias)];
  };
}

const window = { strides: [1, 1], dilations: [1, 1], padding: noPadding } as const;
const plain = { clamp: noClamp, hybrid: 'none' } as const;
const logistic = unary('logistic', theVariable);

const cellScale = perTensor(2 ** -11, 0);
const perChannel = { kind: 'per-channel', axis: 0, scales: Array(8).fill(0.01), zeroPoints: Array(8).fill(0) } as const;

/** One example of each operator. */
export const operatorExamples: { readonly [T in OpType]: OperatorExample<T> } = {
  'conv-2d': {
    summary: '2-D convolution with groups, dilation and any padding; 1-D ones have a height of 1',
    op: { type: 'conv-2d', attributes: { ...window, ...plain, groups: 1 } },
    inputs: (dtype) => [data(dtype, [1, 4, 4, 2]), ...product([3, 2, 2, 2], 3)(dtype)],
    output: same,
  },
  'depthwise-conv-2d': {
    summary: 'convolution of each channel on its own',
    op: { type: 'depthwise-conv-2d', attributes: { ...window, ...plain } },
    inputs: (dtype) => [data(dtype, [1, 4, 4, 2]), ...product([1, 2, 2, 2], 2)(dtype)],
    output: same,
  },
  'fully-connected': {
    summary: 'product of rows with weights, and a bias',
    op: { type: 'fully-connected', attributes: plain },
    inputs: (dtype) => [data(dtype, [2, 3]), ...product([4, 3], 4)(dtype)],
    output: same,
  },
  'pool-2d': {
    summary: 'average or maximum of a window',
    op: { type: 'pool-2d', attributes: { ...window, kind: 'max', kernel: [2, 2], clamp: noClamp, ties: 'away' } },
    inputs: (dtype) => [data(dtype, [1, 4, 4, 2])],
    output: same,
  },
  reduce: {
    summary: 'mean, sum, product, maximum or minimum over any axes',
    op: { type: 'reduce', attributes: { kind: 'sum', axes: [1], keepDims: false } },
    inputs: (dtype) => [data(dtype, [2, 3])],
    output: same,
  },
  softmax: {
    summary: 'softmax over the last axis',
    op: { type: 'softmax', attributes: { beta: 1 } },
    inputs: (dtype) => [data(dtype, [2, 3])],
    output: (dtype) => tensorType(dtype, [], dtype === 'int8' ? perTensor(1 / 256, -128) : data(dtype).quantization),
  },
  'log-softmax': {
    summary: 'logarithm of the softmax over the last axis',
    op: { type: 'log-softmax', attributes: {} },
    inputs: (dtype) => [data(dtype, [2, 3])],
    output: (dtype) => tensorType(dtype, [], dtype === 'int8' ? perTensor(1 / 16, 127) : data(dtype).quantization),
  },
  zip: {
    summary: 'a function of two tensors, element by element, with broadcasting',
    op: { type: 'zip', attributes: { fn: 'add', clamp: noClamp } },
    inputs: (dtype) => [data(dtype, [2, 3]), data(dtype, [3])],
    output: same,
  },
  map: {
    summary: 'a function of one tensor, element by element; on 8 bits a table',
    op: { type: 'map', attributes: { expression: logistic } },
    inputs: (dtype) => [data(dtype, [2, 3])],
    output: same,
  },
  pad: {
    summary: 'a constant around a tensor',
    op: { type: 'pad', attributes: { before: [0, 1], after: [1, 0], value: 0 } },
    inputs: (dtype) => [data(dtype, [2, 3])],
    output: same,
  },
  concat: {
    summary: 'tensors one after the other along an axis',
    op: { type: 'concat', attributes: { axis: 0 } },
    inputs: (dtype) => [data(dtype, [2, 3]), data(dtype, [1, 3])],
    output: same,
  },
  reshape: {
    summary: 'another shape of the same elements',
    op: { type: 'reshape', attributes: { shape: [6] } },
    inputs: (dtype) => [data(dtype, [2, 3])],
    output: same,
  },
  transpose: {
    summary: 'axes in another order',
    op: { type: 'transpose', attributes: { permutation: [1, 0] } },
    inputs: (dtype) => [data(dtype, [2, 3])],
    output: same,
  },
  slice: {
    summary: 'a part of a tensor, with strides, also backwards',
    op: { type: 'slice', attributes: { begin: [0, 1], size: [2, 2], strides: [1, 1] } },
    inputs: (dtype) => [data(dtype, [2, 3])],
    output: same,
  },
  gather: {
    summary: 'parts of a tensor picked by indices',
    op: { type: 'gather', attributes: { axis: 0, count: 1 } },
    inputs: (dtype) => [data(dtype, [4, 3]), tensorType('int32', [2, 1])],
    output: same,
  },
  scatter: {
    summary: 'updates put, added, multiplied ... into a tensor at indices',
    op: { type: 'scatter', attributes: { axis: 0, count: 1, reduction: 'none' } },
    inputs: (dtype) => [data(dtype, [4, 3]), tensorType('int32', [2, 1]), data(dtype, [2, 3])],
    output: same,
  },
  cumulative: {
    summary: 'sum or product of all elements before, along an axis',
    op: { type: 'cumulative', attributes: { kind: 'sum', axis: 1, exclusive: false, reverse: false } },
    inputs: (dtype) => [data(dtype, [2, 3])],
    output: same,
  },
  'top-k': {
    summary: 'the places of the largest or smallest elements along an axis',
    op: { type: 'top-k', attributes: { k: 2, axis: 1, largest: true } },
    inputs: (dtype) => [data(dtype, [2, 3])],
    output: unlike('int32'),
  },
  matmul: {
    summary: 'product of two matrices, or stacks of them, that are both computed at run time',
    op: { type: 'matmul', attributes: { transposeA: false, transposeB: false } },
    inputs: (dtype) => [data(dtype, [2, 3]), data(dtype, [3, 4])],
    output: same,
  },
  'arg-reduce': {
    summary: 'the place of the maximum or minimum along an axis',
    op: { type: 'arg-reduce', attributes: { kind: 'max', axis: 1 } },
    inputs: (dtype) => [data(dtype, [2, 3])],
    output: unlike('int32'),
  },
  cast: {
    summary: 'the same numbers in another dtype (here: to float32)',
    op: { type: 'cast', attributes: {} },
    inputs: (dtype) => [tensorType(dtype, [2, 3])],
    output: unlike('float32'),
  },
  'resize-bilinear': {
    summary: 'bilinear resizing of images',
    op: {
      type: 'resize-bilinear',
      attributes: { height: 4, width: 4, alignCorners: false, halfPixelCenters: true, integers: 'fixed' },
    },
    inputs: (dtype) => [data(dtype, [1, 2, 2, 3])],
    output: same,
  },
  compare: {
    summary: 'a relation of two tensors, element by element',
    op: { type: 'compare', attributes: { relation: 'less' } },
    inputs: (dtype) => [data(dtype, [2, 3]), data(dtype, [3])],
    output: unlike('bool'),
  },
  select: {
    summary: 'elements of one tensor or another, as a third one says',
    op: { type: 'select', attributes: {} },
    inputs: (dtype) => [tensorType('bool', [2, 3]), data(dtype, [2, 3]), data(dtype, [3])],
    output: same,
  },
  'integer-lstm': {
    summary: 'LSTM on int8 with an int16 cell state, as TFLite computes it',
    op: { type: 'integer-lstm', attributes: { coupled: false, cellClip: 0 } },
    inputs: (dtype) => [
      data(dtype, [2, 1, 3]),
      zeros(tensorType('int8', [8, 3], perChannel)),
      zeros(tensorType('int8', [8, 2], perChannel)),
      zeros(tensorType('int32', [8])),
      data(dtype, [1, 2]),
      tensorType('int16', [1, 2], cellScale),
    ],
    output: (dtype, index) => (index === 2 ? tensorType('int16', [], cellScale) : data(dtype)),
  },
  recurrent: {
    summary: 'LSTM, GRU and RNN over time, in either direction',
    op: {
      type: 'recurrent',
      attributes: {
        cell: 'rnn',
        activations: [unary('tanh', theVariable)],
        linearBeforeReset: false,
        clip: Infinity,
        cellClip: Infinity,
        reverse: false,
      },
    },
    inputs: (dtype) => [[2, 1, 3], [4, 3], [4, 4], [4], [1, 4]].map((shape) => data(dtype, shape)),
    output: same,
  },
  quantize: {
    summary: 'real numbers to stored integers (of the dtype of the column)',
    op: { type: 'quantize', attributes: {} },
    inputs: () => [tensorType('float32', [2, 3])],
    output: same,
  },
  dequantize: {
    summary: 'stored integers to real numbers',
    op: { type: 'dequantize', attributes: {} },
    inputs: (dtype) => [data(dtype, [2, 3])],
    output: unlike('float32'),
  },
  requantize: {
    summary: 'stored integers to others of another scale or dtype (here: to int8)',
    op: { type: 'requantize', attributes: {} },
    inputs: (dtype) => [data(dtype, [2, 3])],
    output: unlike('int8'),
  },
};
