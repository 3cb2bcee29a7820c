import type { Op } from '../../../ops/op.ts';
import type { Quantization } from '../../../tensor/quantization.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import { byteSize, type TensorType } from '../../../tensor/tensor.ts';
import { arithmeticOf } from '../../kernel.ts';

/** A piece of an operand: from `offset` bytes behind its start on. */
export interface SlabOperand {
  readonly type: TensorType;
  readonly offset: number;
}

/** A part of an operator's output as an operator of its own. */
export interface Slab {
  readonly op: Op;
  readonly inputs: readonly SlabOperand[];
  readonly output: SlabOperand;
}

/** How the output of an operator divides into slabs that can be computed in any order and at the same time. */
export interface SlabForm {
  /** What is divided: rows, pixels or units of the output. */
  readonly count: number;
  /** Slabs begin at multiples of this, so that tiles of kernels are whole. */
  readonly grain: number;
  /** Whether each slab reads of its inputs just what lies where the slab does, if it is written over them. */
  readonly inPlace: boolean;
  slab(first: number, end: number): Slab;
}

/** Pixels in a multiple of every tile's rows. */
const pixelGrain = 24;

/** Output channels in a multiple of every panel. */
const unitGrain = 16;

/** How an operator on operands of these types divides; null where it does not. */
export function slabFormOf(op: Op, inputs: readonly TensorType[], outputs: readonly TensorType[]): SlabForm | null {
  const [input] = inputs;
  const [output] = outputs;
  if (input === undefined || output === undefined || outputs.length !== 1) return null;
  switch (op.type) {
    case 'conv-2d':
    case 'depthwise-conv-2d':
      return convolutionForm(op, inputs, output);
    case 'fully-connected':
      return denseForm(op, inputs, output);
    case 'pool-2d': {
      const { kernel, padding } = op.attributes;
      const isPadded = padding.top !== 0 || padding.bottom !== 0;
      return isPadded || !hasRows(output) ? null : windowForm(op, inputs, output, kernel[0]);
    }
    case 'zip':
    case 'map':
    case 'quantize':
    case 'dequantize':
    case 'requantize':
      return elementwiseForm(op, inputs, output);
    default:
      return null;
  }
}

function hasRows({ shape, quantization }: TensorType): boolean {
  if (quantization.kind === 'per-channel' && quantization.axis === 1) return false;
  return shape.length === 4 && shape[0] === 1 && dimension(shape, 1) > 1;
}

type Windowed = Extract<Op, { type: 'conv-2d' | 'depthwise-conv-2d' | 'pool-2d' }>;

type Convolution = Exclude<Windowed, { type: 'pool-2d' }>;

function convolutionForm(op: Convolution, inputs: readonly TensorType[], output: TensorType): SlabForm | null {
  const [input, weights] = inputs;
  // A hybrid layer quantizes by the range of the whole image.
  if (input === undefined || weights === undefined || arithmeticOf(inputs) === 'hybrid') return null;
  const { strides, dilations, padding } = op.attributes;
  const [, height = 0, width = 0] = weights.shape;
  const isPadded = padding.top + padding.bottom + padding.left + padding.right > 0;
  const isPointwise = height * width === 1 && strides[0] === 1 && strides[1] === 1 && !isPadded;
  if (op.type === 'conv-2d' && isPointwise && input.shape[0] === 1) return pixelForm(op, inputs, output);
  if (!hasRows(output)) return null;
  return windowForm(op, inputs, output, (height - 1) * dilations[0] + 1);
}

/** The pixels of an image as one column of them. */
function pixelForm(op: Convolution, inputs: readonly TensorType[], output: TensorType): SlabForm | null {
  const [input, ...others] = inputs;
  if (input === undefined) return null;
  const count = dimension(output.shape, 1) * dimension(output.shape, 2);
  const column = (type: TensorType, first: number, end: number): SlabOperand => {
    const channels = dimension(type.shape, 3);
    return { type: { ...type, shape: [1, end - first, 1, channels] }, offset: (first * byteSize(type)) / count };
  };
  const inPlace = false;
  return {
    ...{ count, grain: pixelGrain, inPlace },
    slab(first, end) {
      const whole = others.map((type) => ({ type, offset: 0 }));
      return { op, inputs: [column(input, first, end), ...whole], output: column(output, first, end) };
    },
  };
}

/** The rows `first` to `end` of a tensor with rows. */
function rowsOf(type: TensorType, first: number, end: number): SlabOperand {
  const shape = type.shape.map((size, axis) => (axis === 1 ? end - first : size));
  return { type: { ...type, shape }, offset: (first * byteSize(type)) / dimension(type.shape, 1) };
}

/** Rows of the output, each made of `extent` rows of input 0, some of which may be padding. */
function windowForm(op: Windowed, inputs: readonly TensorType[], output: TensorType, extent: number): SlabForm | null {
  const [input, ...others] = inputs;
  if (input === undefined || input.shape.length !== 4 || input.shape[0] !== 1) return null;
  const height = dimension(input.shape, 1);
  const { strides, padding } = op.attributes;
  const count = dimension(output.shape, 1);
  const window = (first: number, end: number) => {
    const [low, high] = [first * strides[0] - padding.top, (end - 1) * strides[0] - padding.top + extent];
    return { low, high, from: Math.max(0, low), to: Math.min(height, high) };
  };
  // A slab of padding alone would have no input.
  for (let row = 0; row < count; row++) {
    const { from, to } = window(row, row + 1);
    if (from >= to) return null;
  }
  const withPadding = (top: number, bottom: number): Op => {
    const sides = { ...padding, top, bottom };
    switch (op.type) {
      case 'conv-2d':
        return { type: op.type, attributes: { ...op.attributes, padding: sides } };
      case 'depthwise-conv-2d':
        return { type: op.type, attributes: { ...op.attributes, padding: sides } };
      default:
        return { type: op.type, attributes: { ...op.attributes, padding: sides } };
    }
  };
  return {
    ...{ count, grain: 1, inPlace: false },
    slab(first, end) {
      const { low, high, from, to } = window(first, end);
      const whole = others.map((type) => ({ type, offset: 0 }));
      return {
        op: withPadding(from - low, high - to),
        inputs: [rowsOf(input, from, to), ...whole],
        output: rowsOf(output, first, end),
      };
    },
  };
}

/** Several rows of input divide by rows; one row by units, each with weights and bias of its own. */
function denseForm(
  op: Extract<Op, { type: 'fully-connected' }>,
  inputs: readonly TensorType[],
  output: TensorType,
): SlabForm | null {
  const [input, weights, bias] = inputs;
  if (input === undefined || weights === undefined || bias === undefined) return null;
  if (arithmeticOf(inputs) === 'hybrid') return null;
  const [units, depth] = [dimension(weights.shape, 0), dimension(weights.shape, 1)];
  const rows = elementCount(input.shape) / depth;
  const part = (type: TensorType, count: number, first: number, end: number, shape: readonly number[]) => ({
    type: { ...type, shape, quantization: channels(type.quantization, first, end) },
    offset: (first * byteSize(type)) / count,
  });
  if (rows > 1) {
    const slice = (type: TensorType, first: number, end: number) => ({
      type: { ...type, shape: [end - first, dimension(type.shape, -1)] },
      offset: (first * byteSize(type)) / rows,
    });
    const whole = [weights, bias].map((type) => ({ type, offset: 0 }));
    return {
      ...{ count: rows, grain: pixelGrain, inPlace: false },
      slab: (first, end) => ({
        op,
        inputs: [slice(input, first, end), ...whole],
        output: slice(output, first, end),
      }),
    };
  }
  return {
    ...{ count: units, grain: unitGrain, inPlace: false },
    slab: (first, end) => ({
      op,
      inputs: [
        { type: input, offset: 0 },
        part(weights, units, first, end, [end - first, depth]),
        part(bias, units, first, end, [end - first]),
      ],
      output: { ...part(output, units, first, end, [...output.shape.slice(0, -1), end - first]) },
    }),
  };
}

/** The parameters of the channels `first` to `end` along axis 0. */
function channels(quantization: Quantization, first: number, end: number): Quantization {
  if (quantization.kind !== 'per-channel' || quantization.axis !== 0) return quantization;
  const { axis, scales, zeroPoints } = quantization;
  return { kind: 'per-channel', axis, scales: scales.slice(first, end), zeroPoints: zeroPoints.slice(first, end) };
}

/** Rows of the output, each made of the same row of every input, or of what is the same for all rows. */
function elementwiseForm(op: Op, inputs: readonly TensorType[], output: TensorType): SlabForm | null {
  if (!hasRows(output)) return null;
  const count = dimension(output.shape, 1);
  const isRow = inputs.map((type) => hasRows(type) && dimension(type.shape, 1) === count);
  const isSame = inputs.map(({ shape }) => shape.length < 3 || shape[shape.length - 3] === 1);
  if (!inputs.every((_, i) => isRow[i] || isSame[i])) return null;
  const inPlace = inputs.every((type, i) => !isRow[i] || byteSize(type) === byteSize(output));
  return {
    ...{ count, grain: 1, inPlace },
    slab: (first, end) => ({
      op,
      inputs: inputs.map((type, i) => (isRow[i] ? rowsOf(type, first, end) : { type, offset: 0 })),
      output: rowsOf(output, first, end),
    }),
  };
}
