import type { Node } from '../../../ir/graph.ts';
import { quantizeReal } from '../../../ops/quantized.ts';
import type { Window } from '../../../ops/window.ts';
import { dimension } from '../../../tensor/shape.ts';
import { filled, tensorType } from '../../../tensor/tensor.ts';
import type { OperatorWriter } from '../operator-writer.ts';
import { biasOf } from './bias.ts';
import { withClamp } from './clamp.ts';
import { checkWeights, convolutionWeights } from './weights.ts';

/** How a window is padded in the file, and its first operand there. */
interface PaddedInput {
  readonly input: number;
  readonly padding: 'SAME' | 'VALID';
}

/** Padding of TFLite's SAME along one axis: before and after (`ComputePaddingHeightWidth`). */
function samePadding(
  size: number,
  output: number,
  kernel: number,
  stride: number,
  dilation: number,
): readonly number[] {
  const total = Math.max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - size);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

/** The padding in TFLite's words; a PAD operator in front where it has none. Padded elements stand for `value`. */
function paddedInput(
  writer: OperatorWriter,
  { strides, dilations, padding }: Window,
  kernel: readonly [number, number],
  value: number | null,
): PaddedInput {
  const [, height = 1, width = 1] = writer.inputType(0).shape;
  const [, rows = 1, columns = 1] = writer.outputType().shape;
  const { top, bottom, left, right } = padding;
  const same = [
    ...samePadding(height, rows, kernel[0], strides[0], dilations[0]),
    ...samePadding(width, columns, kernel[1], strides[1], dilations[1]),
  ];
  const isSame = [top, bottom, left, right].every((count, i) => count === same[i]);
  const fitsSame = rows === Math.ceil(height / strides[0]) && columns === Math.ceil(width / strides[1]);
  if (top + bottom + left + right === 0) return { input: writer.input(0), padding: 'VALID' };
  if (isSame && fitsSame) return { input: writer.input(0), padding: 'SAME' };
  if (value === null) return writer.refuse('an average with this padding has no counterpart in TFLite');
  const type = writer.inputType(0);
  const [batch = 1, , , channels = 1] = type.shape;
  const shape = [batch, height + top + bottom, width + left + right, channels];
  const padded = writer.between('padded', { ...type, shape });
  const amounts = writer.constant('padding', {
    type: tensorType('int32', [4, 2]),
    data: Int32Array.of(0, 0, top, bottom, left, right, 0, 0),
  });
  const stored = type.quantization.kind === 'none' ? value : quantizeReal(value, type);
  const filling = writer.constant('padding value', filled({ ...type, shape: [1] }, stored));
  writer.operator('PADV2', [writer.input(0), amounts, filling], [padded], { type: 'PadV2Options', value: {} });
  return { input: padded, padding: 'VALID' };
}

export function conv2d(writer: OperatorWriter, { attributes }: Node<'conv-2d'>['op']): void {
  checkWeights(writer, 0);
  const weights = writer.inputType(1).shape;
  const { input, padding } = paddedInput(writer, attributes, [dimension(weights, 1), dimension(weights, 2)], 0);
  const operand = convolutionWeights(writer, attributes.hybrid, 0);
  withClamp(writer, attributes.clamp, (output, fused_activation_function) => {
    writer.operator('CONV_2D', [input, operand, biasOf(writer)], [output], {
      type: 'Conv2DOptions',
      value: { padding, fused_activation_function, ...strideOptions(attributes), ...dilationOptions(attributes) },
    });
  });
}

export function depthwiseConv2d(writer: OperatorWriter, { attributes }: Node<'depthwise-conv-2d'>['op']): void {
  checkWeights(writer, 3);
  if (attributes.hybrid === 'symmetric') writer.refuse('depthwise layers keep a zero point for their input in TFLite');
  const weights = writer.inputType(1).shape;
  const { input, padding } = paddedInput(writer, attributes, [dimension(weights, 1), dimension(weights, 2)], 0);
  const depth_multiplier = dimension(weights, 3) / dimension(writer.inputType(0).shape, 3);
  withClamp(writer, attributes.clamp, (output, fused_activation_function) => {
    const value = { padding, depth_multiplier, fused_activation_function };
    writer.operator('DEPTHWISE_CONV_2D', [input, writer.input(1), biasOf(writer)], [output], {
      type: 'DepthwiseConv2DOptions',
      value: { ...value, ...strideOptions(attributes), ...dilationOptions(attributes) },
    });
  });
}

export function pool2d(writer: OperatorWriter, { attributes }: Node<'pool-2d'>['op']): void {
  const { kind, kernel } = attributes;
  const lowest = kind === 'max' ? Number.NEGATIVE_INFINITY : null;
  const { input, padding } = paddedInput(writer, attributes, kernel, lowest);
  withClamp(writer, attributes.clamp, (output, fused_activation_function) => {
    const value = { padding, filter_height: kernel[0], filter_width: kernel[1], fused_activation_function };
    writer.operator(kind === 'max' ? 'MAX_POOL_2D' : 'AVERAGE_POOL_2D', [input], [output], {
      type: 'Pool2DOptions',
      value: { ...value, ...strideOptions(attributes) },
    });
  });
}

function strideOptions({ strides }: Window) {
  return { stride_h: strides[0], stride_w: strides[1] };
}

function dilationOptions({ dilations }: Window) {
  return { dilation_h_factor: dilations[0], dilation_w_factor: dilations[1] };
}
