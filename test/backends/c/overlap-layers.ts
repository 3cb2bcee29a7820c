import { noClamp } from '../../../converter/ops/definition.ts';
import type { Op } from '../../../converter/ops/op.ts';
import { binary, constant, theVariable } from '../../../converter/ops/scalar-expression.ts';
import type { DType } from '../../../converter/tensor/dtype.ts';
import { notQuantized, perTensor } from '../../../converter/tensor/quantization.ts';
import type { Shape } from '../../../converter/tensor/shape.ts';
import { type Tensor, type TensorType, tensorType } from '../../../converter/tensor/tensor.ts';
import { type ConvolutionCase, convolution, fullyConnected, oneOp } from './models.ts';
import type { LayerCase } from './overlap-runs.ts';
import { Random } from './random.ts';

const pointwise = { kernel: [1, 1], padding: [0, 0, 0, 0] } as const;

const shapes: readonly Partial<ConvolutionCase>[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 9, 125].map((width) => ({ ...pointwise, height: 1, width, channels: 8, outputs: 8 })),
  { ...pointwise, height: 25, width: 5, channels: 64, outputs: 64 },
  { ...pointwise, height: 12, width: 12, channels: 8, outputs: 16 },
  { ...pointwise, height: 7, width: 7, channels: 16, outputs: 5 },
  { ...pointwise, height: 7, width: 7, channels: 16, outputs: 8, batch: 3 },
  { ...pointwise, height: 7, width: 7, channels: 8, outputs: 16, strides: [2, 2], batch: 2 },
  { ...pointwise, height: 3, width: 3, channels: 81, outputs: 83 },
  { channels: 3, outputs: 5 },
  { channels: 3, outputs: 16, height: 9, width: 9 },
  { channels: 16, outputs: 16, height: 9, width: 9 },
  { channels: 32, outputs: 16, height: 6, width: 7 },
  { channels: 16, outputs: 32, height: 8, width: 8, strides: [2, 2], padding: [0, 0, 1, 1] },
  { channels: 1, outputs: 8, height: 20, width: 10, kernel: [10, 4], strides: [2, 2], padding: [4, 1, 5, 1] },
  { channels: 5, outputs: 7, kernel: [5, 2], strides: [2, 1], padding: [2, 0, 2, 1], batch: 2 },
  { channels: 8, outputs: 8, dilations: [2, 2], padding: [2, 2, 2, 2], height: 7, width: 7 },
  { channels: 4, outputs: 4, padding: [0, 0, 0, 0], height: 8, width: 8, batch: 2 },
  { channels: 8, outputs: 12, groups: 4, height: 5, width: 5 },
  { channels: 16, outputs: 8, groups: 2, ...pointwise },
  { channels: 4, outputs: 4, height: 2, width: 2, kernel: [5, 5], padding: [2, 2, 2, 2] },
  { channels: 4, outputs: 6, height: 3, width: 3, padding: [3, 3, 3, 3], kernel: [2, 2] },
  { channels: 8, outputs: 6, weightZero: 9, perChannel: false },
];

const fours: readonly Partial<ConvolutionCase>[] = [
  ...[2, 3, 4, 5, 6, 7, 8, 64].map((channels) => ({ channels, outputs: 1, height: 7, width: 5 })),
  { channels: 7, outputs: 1, ...pointwise, height: 5, width: 5 },
  { channels: 8, outputs: 1, height: 9, width: 9, strides: [2, 2], padding: [0, 0, 1, 1] },
  { channels: 6, outputs: 1, strides: [2, 2], padding: [0, 0, 1, 1], batch: 2 },
  { channels: 5, outputs: 1, kernel: [1, 3], padding: [0, 1, 0, 1] },
  { channels: 4, outputs: 3 },
  { channels: 3, outputs: 2, batch: 2 },
  { channels: 4, outputs: 1, dilations: [2, 1], padding: [2, 1, 2, 1] },
  { channels: 9, outputs: 1, kernel: [7, 6], padding: [3, 3, 3, 3] },
  { channels: 8, outputs: 1, weightZero: 9, perChannel: false },
];

/** Layers of the keyword, image classification, person detection and MobileNet models, some of fewer channels. */
const real: readonly Partial<ConvolutionCase>[] = [
  { height: 49, width: 10, channels: 1, outputs: 64, kernel: [10, 4], strides: [2, 2], padding: [4, 1, 5, 1] },
  { ...pointwise, height: 25, width: 5, channels: 64, outputs: 64 },
  { height: 32, width: 32, channels: 3, outputs: 16 },
  { height: 32, width: 32, channels: 16, outputs: 16 },
  { height: 32, width: 32, channels: 16, outputs: 32, strides: [2, 2], padding: [0, 0, 1, 1] },
  { ...pointwise, height: 32, width: 32, channels: 16, outputs: 32, strides: [2, 2] },
  { height: 8, width: 8, channels: 64, outputs: 64 },
  { height: 96, width: 96, channels: 3, outputs: 8, strides: [2, 2], padding: [0, 0, 1, 1] },
  { ...pointwise, height: 48, width: 48, channels: 8, outputs: 16 },
  { ...pointwise, height: 3, width: 3, channels: 256, outputs: 256 },
  { ...pointwise, height: 56, width: 56, channels: 24, outputs: 96 },
  { ...pointwise, height: 56, width: 56, channels: 96, outputs: 24 },
  { ...pointwise, height: 7, width: 7, channels: 96, outputs: 320 },
];

const realDepthwise: readonly Partial<ConvolutionCase>[] = [
  { height: 25, width: 5, channels: 64 },
  { height: 48, width: 48, channels: 8 },
  { height: 48, width: 48, channels: 16, strides: [2, 2], padding: [0, 0, 1, 1] },
  { height: 3, width: 3, channels: 256 },
  { height: 56, width: 56, channels: 48, strides: [2, 2], padding: [0, 0, 1, 1] },
];

/** Convolutions of int8, by tiles and by loops. */
export const convolutions: readonly LayerCase[] = [
  ...shapes.map((shape, i) => ({ layer: convolution(shape, 100 + i), input: 0 })),
  ...fours.map((shape, i) => ({ layer: convolution({ ...shape, depthwise: true }, 200 + i), input: 0 })),
  ...real.map((shape, i) => ({ layer: convolution(shape, 400 + i), input: 0 })),
  ...realDepthwise.map((shape, i) => ({
    layer: convolution({ outputs: 1, ...shape, depthwise: true }, 500 + i),
    input: 0,
  })),
  ...[1, 2, 5].map((rows) => ({ layer: fullyConnected({ rows, depth: 12, units: 10 }, 300 + rows), input: 0 })),
  ...shapes.flatMap((shape, i) =>
    shape.weightZero === undefined && shape.channels !== 81
      ? [{ layer: convolution({ ...shape, arithmetic: 'int16' }, 600 + i), input: 0 }]
      : [],
  ),
  ...fours.flatMap((shape, i) =>
    shape.weightZero === undefined
      ? [{ layer: convolution({ ...shape, arithmetic: 'int16', depthwise: true }, 700 + i), input: 0 }]
      : [],
  ),
];

const random = new Random(5);

const typeOf = (dtype: DType, shape: Shape, scale = 0.05, zero = 3): TensorType => {
  const quantized = dtype === 'int8' || dtype === 'uint8' || dtype === 'int16';
  return tensorType(
    dtype,
    shape,
    quantized ? perTensor(Math.fround(scale), dtype === 'int16' ? 0 : zero) : notQuantized,
  );
};

/** A layer whose input `input` overlaps the output. */
function layer(op: Op, inputs: readonly (TensorType | Tensor)[], output: TensorType, input = 0): LayerCase {
  const shapes = inputs.map((item) => ('data' in item ? item.type : item).shape.join('x'));
  const name = `${op.type} ${JSON.stringify(op.attributes)} of ${shapes} to ${output.dtype}, input ${input}`;
  return { layer: oneOp(op, inputs, (shape) => ({ ...output, shape }), 'exact', random, name), input };
}

const image: Shape = [2, 5, 7, 3];

function elementwise(): LayerCase[] {
  const map: Op = { type: 'map', attributes: { expression: binary('mul', theVariable, constant(0.5)) } };
  const add: Op = { type: 'zip', attributes: { fn: 'add', clamp: noClamp } };
  const less: Op = { type: 'compare', attributes: { relation: 'less' } };
  const pairs: readonly (readonly [Shape, Shape])[] = [
    [image, image],
    [image, [3]],
    [image, [2, 1, 7, 1]],
    [[5, 1, 3], image],
  ];
  const zips = (['int8', 'float32', 'int32'] as const).flatMap((dtype) =>
    pairs.flatMap(([a, b]) =>
      [0, 1].flatMap((input) => [
        layer(add, [typeOf(dtype, a), typeOf(dtype, b, 0.03)], typeOf(dtype, [], 0.08), input),
        layer(less, [typeOf(dtype, a), typeOf(dtype, b, 0.03)], typeOf('bool', []), input),
      ]),
    ),
  );
  const select: Op = { type: 'select', attributes: {} };
  return [
    layer(map, [typeOf('int8', image)], typeOf('int8', [], 0.02)),
    layer(map, [typeOf('float32', image)], typeOf('float32', [])),
    ...zips,
    ...[0, 1, 2].map((input) =>
      layer(select, [typeOf('bool', [7, 1]), typeOf('int8', image), typeOf('int8', [1])], typeOf('int8', []), input),
    ),
  ];
}

function conversions(): LayerCase[] {
  const cast = (from: DType, to: DType) =>
    layer({ type: 'cast', attributes: {} }, [tensorType(from, image)], tensorType(to, []));
  return [
    layer({ type: 'quantize', attributes: {} }, [typeOf('float32', image)], typeOf('int8', [])),
    layer({ type: 'dequantize', attributes: {} }, [typeOf('int8', image)], typeOf('float32', [])),
    layer({ type: 'requantize', attributes: {} }, [typeOf('int8', image)], typeOf('int8', [], 0.03)),
    layer({ type: 'requantize', attributes: {} }, [typeOf('int8', image)], typeOf('int16', [], 0.03)),
    layer({ type: 'requantize', attributes: {} }, [typeOf('int16', image)], typeOf('int8', [], 0.03)),
    cast('int8', 'int32'),
    cast('int32', 'int8'),
    cast('int8', 'float32'),
    cast('bool', 'int64'),
  ];
}

function rows(): LayerCase[] {
  const softmax: Op = { type: 'softmax', attributes: { beta: 1 } };
  const probabilities = perTensor(1 / 256, -128);
  const logarithms = perTensor(16 / 256, 127);
  const log: Op = { type: 'log-softmax', attributes: {} };
  const matmul = (transposeA: boolean, transposeB: boolean): Op => {
    return { type: 'matmul', attributes: { transposeA, transposeB } };
  };
  const product = (dtype: 'int8' | 'float32', a: Shape, b: Shape, op: Op) =>
    [0, 1].map((input) => layer(op, [typeOf(dtype, a), typeOf(dtype, b)], typeOf(dtype, [], 0.2), input));
  return [
    layer(softmax, [typeOf('int8', [5, 9])], tensorType('int8', [], probabilities)),
    layer(softmax, [typeOf('int8', [5, 9])], tensorType('int16', [], perTensor(1 / 32768, 0))),
    layer(softmax, [typeOf('float32', [5, 9])], typeOf('float32', [])),
    layer(log, [typeOf('int8', [5, 9])], tensorType('int8', [], logarithms)),
    layer(log, [typeOf('float32', [5, 9])], typeOf('float32', [])),
    ...product('int8', [2, 5, 4], [2, 4, 9], matmul(false, false)),
    ...product('int8', [5, 12], [2, 6, 12], matmul(false, true)),
    ...product('float32', [3, 4, 5], [4, 3], matmul(true, false)),
    ...product('float32', [1, 4], [8, 4], matmul(false, true)),
  ];
}

function pools(): LayerCase[] {
  const pool = (dtype: DType, shape: Shape, kernel: number, stride: number, pad: number, kind: 'max' | 'average') => {
    const padding = { top: pad, left: pad, bottom: pad, right: pad };
    const window = { kernel: [kernel, kernel], strides: [stride, stride], dilations: [1, 1], padding } as const;
    const op: Op = { type: 'pool-2d', attributes: { kind, clamp: noClamp, ties: 'away', ...window } };
    return layer(op, [typeOf(dtype, shape)], typeOf(dtype, []));
  };
  return [
    pool('int8', [1, 8, 8, 8], 2, 2, 0, 'max'),
    pool('int8', [2, 7, 7, 8], 3, 1, 1, 'average'),
    pool('int8', [2, 6, 9, 5], 3, 2, 1, 'average'),
    pool('int8', [1, 6, 5, 4], 5, 1, 2, 'max'),
    pool('float32', [2, 7, 5, 3], 3, 1, 1, 'average'),
    pool('float32', [1, 25, 5, 4], 5, 5, 0, 'average'),
  ];
}

function reductions(): LayerCase[] {
  const mean = (axes: readonly number[]): Op => {
    return { type: 'reduce', attributes: { kind: 'mean', axes, keepDims: false } };
  };
  const largest = (axis: number): Op => ({ type: 'arg-reduce', attributes: { kind: 'max', axis } });
  const running = (axis: number, reverse: boolean): Op => {
    return { type: 'cumulative', attributes: { kind: 'sum', axis, exclusive: false, reverse } };
  };
  const resize = (height: number, width: number): Op => {
    const centres = { alignCorners: false, halfPixelCenters: true };
    return { type: 'resize-bilinear', attributes: { height, width, ...centres, integers: 'fixed' } };
  };
  return [
    ...[[1, 2], [3], [0], [0, 3]].flatMap((axes) => [
      layer(mean(axes), [typeOf('int8', image)], typeOf('int8', [])),
      layer(mean(axes), [typeOf('float32', image)], typeOf('float32', [])),
    ]),
    ...[0, 1, 3].map((axis) => layer(largest(axis), [typeOf('int8', image)], typeOf('int32', []))),
    ...[0, 3].flatMap((axis) =>
      [true, false].map((reverse) => layer(running(axis, reverse), [typeOf('float32', image)], typeOf('float32', []))),
    ),
    layer(resize(9, 11), [typeOf('float32', image)], typeOf('float32', [])),
    layer(resize(8, 5), [typeOf('int8', image)], typeOf('int8', [])),
    layer(resize(3, 4), [typeOf('float32', image)], typeOf('float32', [])),
  ];
}

function movements(): LayerCase[] {
  const pad = (before: readonly number[], after: readonly number[]): Op => {
    return { type: 'pad', attributes: { before, after, value: 0 } };
  };
  const slice = (begin: readonly number[], size: readonly number[], strides: readonly number[]): Op => {
    return { type: 'slice', attributes: { begin, size, strides } };
  };
  const transpose = (permutation: readonly number[]): Op => ({ type: 'transpose', attributes: { permutation } });
  const ops = [
    pad([0, 1, 1, 0], [0, 1, 2, 0]),
    pad([0, 0, 0, 0], [0, 0, 0, 4]),
    pad([1, 0, 2, 1], [0, 1, 0, 1]),
    pad([0, 0, 0, 0], [0, 0, 0, 0]),
    slice([0, 1, 0, 0], [2, 3, 7, 3], [1, 1, 1, 1]),
    slice([0, 0, 2, 1], [2, 5, 4, 2], [1, 1, 1, 1]),
    slice([1, 4, 6, 2], [2, 3, 4, 2], [-1, -2, -2, -1]),
    transpose([0, 3, 1, 2]),
    transpose([1, 0, 2, 3]),
    transpose([0, 1, 2, 3]),
  ];
  return ops.flatMap((op) => [
    layer(op, [typeOf('int8', image)], typeOf('int8', [])),
    layer(op, [typeOf('float32', image)], typeOf('float32', [])),
  ]);
}

/** Convolutions that are not int8. */
function otherConvolutions(): LayerCase[] {
  const real = (options: Parameters<typeof convolution>[0], seed: number) => {
    return { layer: convolution({ arithmetic: 'float32', ...options }, seed), input: 0 };
  };
  const hybrid = (options: Parameters<typeof convolution>[0], seed: number) => {
    return { layer: convolution({ arithmetic: 'symmetric', ...options }, seed), input: 0 };
  };
  const same = { top: 1, left: 1, bottom: 1, right: 1 };
  const window = { strides: [1, 1], dilations: [1, 1], padding: same, clamp: noClamp, hybrid: 'none' } as const;
  const short = (op: Op, channels: number, weights: Shape, outputs: number) =>
    layer(
      op,
      [
        tensorType('int16', [2, 5, 4, channels], perTensor(0.001, 0)),
        random.tensor(tensorType('int8', weights, perTensor(0.01, 0))),
        random.tensor(tensorType('int32', [outputs])),
      ],
      tensorType('int16', [], perTensor(0.002, 0)),
    );
  return [
    real({ channels: 3, outputs: 5 }, 1),
    real({ channels: 4, outputs: 4, kernel: [1, 1], padding: [0, 0, 0, 0] }, 2),
    real({ channels: 8, outputs: 4, groups: 2, batch: 2 }, 3),
    real({ channels: 5, outputs: 2, depthwise: true, batch: 2, strides: [2, 1] }, 4),
    hybrid({ channels: 3, outputs: 5, batch: 3 }, 5),
    hybrid({ channels: 6, outputs: 2, batch: 3 }, 6),
    short({ type: 'conv-2d', attributes: { ...window, groups: 1 } }, 4, [6, 3, 3, 4], 6),
    short({ type: 'depthwise-conv-2d', attributes: window }, 5, [1, 3, 3, 5], 5),
  ];
}

/** Layers of every kernel, convolutions of int8 excepted, that may overlap an input. */
export const otherLayers: readonly LayerCase[] = [
  ...elementwise(),
  ...conversions(),
  ...rows(),
  ...pools(),
  ...reductions(),
  ...movements(),
  ...otherConvolutions(),
];
