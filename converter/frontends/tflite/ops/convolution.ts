import type { ValueId } from '../../../ir/graph.ts';
import type { Padding, Window } from '../../../ops/window.ts';
import { allocate } from '../../../tensor/dtype.ts';
import { notQuantized, perTensor, scaleAt } from '../../../tensor/quantization.ts';
import { dimension, formatShape } from '../../../tensor/shape.ts';
import { type Tensor, tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext } from '../context.ts';

/** Strides, dilations and kernel size along one axis. */
interface Axis {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
}

/** TFLite `ComputePadding`: SAME gives ceil(input / stride) outputs with the odd row or column at the end. */
export function padAxis(
  padding: string,
  { input, kernel, stride, dilation }: Axis,
): readonly [before: number, after: number] {
  if (padding !== 'SAME') return [0, 0];
  const extent = (kernel - 1) * dilation + 1;
  const output = Math.ceil(input / stride);
  const total = Math.max(0, (output - 1) * stride + extent - input);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/** Larger strides and windows come from damaged files; back ends compute positions in 32 bits. */
const maxWindow = 2 ** 20;

export interface WindowOptions {
  readonly padding: string;
  readonly stride_h: number;
  readonly stride_w: number;
}

/** The window of a convolution or pool over the NHWC value `input`. */
export function windowOf(
  context: OperatorContext,
  input: ValueId,
  options: WindowOptions,
  kernel: readonly [number, number],
  dilations: readonly [number, number],
): Window {
  const { shape } = context.type(input);
  if (shape.length !== 4) throw context.invalid(`the input has ${shape.length} dimensions, expected 4 (NHWC)`);
  const counts = [options.stride_h, options.stride_w, ...dilations, ...kernel];
  if (!counts.every((n) => Number.isInteger(n) && n >= 1)) {
    throw context.invalid(
      `kernel ${kernel.join('x')}, stride ${options.stride_h}x${options.stride_w}: all must be 1 or more`,
    );
  }
  const axis = (index: 0 | 1, stride: number): Axis => {
    return { input: dimension(shape, index + 1), kernel: kernel[index], stride, dilation: dilations[index] };
  };
  const extents = [0, 1].map((i) => ((kernel[i] ?? 1) - 1) * (dilations[i] ?? 1) + 1);
  if (Math.max(...counts, ...extents) > maxWindow) {
    throw context.unsupported(
      `kernel ${kernel.join('x')}, stride ${options.stride_h}x${options.stride_w}, dilation ${dilations.join('x')} is not supported`,
      `windows and strides may span ${maxWindow} rows or columns`,
    );
  }
  const [top, bottom] = padAxis(options.padding, axis(0, options.stride_h));
  const [left, right] = padAxis(options.padding, axis(1, options.stride_w));
  const padding: Padding = { top, left, bottom, right };
  return { strides: [options.stride_h, options.stride_w], dilations, padding };
}

/**
 * The weights with the quantization that chooses the multiplier rule of the original kernel: int8 convolutions compute one
 * multiplier per channel even from one scale; uint8 ones do not (see `accumulatorFactors`).
 */
export function convolutionWeights(context: OperatorContext, index: number, channelAxis: number): ValueId {
  const { type, data } = context.constant(index, 'the weights');
  const id = context.input(index);
  if (data.length === 0) throw context.invalid(`the weights of ${formatShape(type.shape)} have no elements`);
  if (channelAxis >= type.shape.length)
    throw context.invalid(`the weights have ${type.shape.length} dimensions, not 4`);
  const isLegacyUint8 = context.fileDtype(index) === 'uint8';
  if (type.quantization.kind !== 'per-tensor' || isLegacyUint8) return id;
  const channels = dimension(type.shape, channelAxis);
  const { scale, zeroPoint } = type.quantization;
  const quantization = {
    kind: 'per-channel',
    axis: channelAxis,
    scales: new Array<number>(channels).fill(scale),
    zeroPoints: new Array<number>(channels).fill(zeroPoint),
  } as const;
  return context.builder.constant(context.name(id), { type: { ...type, quantization }, data });
}

/** Whether the weights (input 1) are int8 while the data (input 0) is float32. */
export function isHybrid(context: OperatorContext): boolean {
  return context.type(context.input(0)).dtype === 'float32' && context.type(context.input(1)).dtype === 'int8';
}

/** Input `index` as bias, or zeros where it is absent. */
export function biasOrZeros(
  context: OperatorContext,
  index: number,
  channels: number,
  input: ValueId,
  weights: ValueId,
): ValueId {
  const bias = context.optionalInput(index);
  if (bias !== null) {
    const tensor = context.constant(index, 'the bias');
    return context.type(input).dtype === 'int16' ? wideBias(context, bias, tensor) : bias;
  }
  const dtype = context.type(input).dtype === 'float32' ? 'float32' : 'int32';
  const scales = [input, weights].map((id) => context.type(id).quantization);
  const quantization =
    dtype === 'int32' && scales.every(({ kind }) => kind !== 'none')
      ? perTensor(
          scales.reduce((product, scale) => product * scaleAt(scale, 0), 1),
          0,
        )
      : notQuantized;
  const type = tensorType(dtype, [channels], quantization);
  return context.builder.constant(`${context.outputTensor(0).name}/zero_bias`, {
    type,
    data: allocate(dtype, channels),
  });
}

/**
 * The bias of a layer on int16 data as int32. Only int64 biases make TFLite sum in 64 bits and round as our operators do; an int32
 * bias rounds otherwise.
 */
function wideBias(context: OperatorContext, bias: ValueId, { type, data }: Tensor): ValueId {
  if (type.dtype === 'int32')
    throw context.unsupported('an int32 bias on int16 data is not supported', 'export with int64 biases, the default');
  const values = Array.from<number | bigint, number>(data, Number);
  if (type.dtype !== 'int64' || values.some((value) => Math.abs(value) >= 2 ** 31))
    throw context.unsupported('a bias on int16 data beyond 32 bits is not supported', 'make the bias smaller');
  const name = `${context.name(bias)}/int32`;
  return context.builder.constant(name, { type: { ...type, dtype: 'int32' }, data: Int32Array.from(values) });
}
