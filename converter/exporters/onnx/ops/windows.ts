import type { Node } from '../../../ir/graph.ts';
import type { Window } from '../../../ops/window.ts';
import { dimension } from '../../../tensor/shape.ts';
import { type Attributes, int, ints } from '../encode.ts';
import type { OperatorWriter } from '../operator-writer.ts';
import { biasOf } from './bias.ts';
import { clamped } from './clamp.ts';
import { refuseHybrid } from './hybrid.ts';

const layout = 'channels-first';

/** OHWI, the order of weights in the graph, as OIHW. */
const toOihw = [0, 3, 1, 2];

/** [1,H,W,C] as [C,1,H,W]. */
const toDepthwise = [3, 0, 1, 2];

export function conv2d(writer: OperatorWriter, { attributes }: Node<'conv-2d'>['op']): void {
  refuseHybrid(writer, attributes.hybrid);
  const { shape } = writer.inputType(1);
  convolution(writer, attributes, toOihw, [dimension(shape, 1), dimension(shape, 2)], attributes.groups);
}

export function depthwiseConv2d(writer: OperatorWriter, { attributes }: Node<'depthwise-conv-2d'>['op']): void {
  refuseHybrid(writer, attributes.hybrid);
  const { shape } = writer.inputType(1);
  const groups = dimension(writer.inputType(0).shape, 3);
  convolution(writer, attributes, toDepthwise, [dimension(shape, 1), dimension(shape, 2)], groups);
}

function convolution(
  writer: OperatorWriter,
  attributes: Node<'depthwise-conv-2d'>['op']['attributes'],
  toFile: readonly number[],
  kernel: readonly [number, number],
  groups: number,
): void {
  const operands = [writer.input(0, layout), writer.permutedInput(1, toFile), biasOf(writer)];
  const sum = writer.operator('Conv', operands, writer.realType(layout), {
    kernel_shape: ints(kernel),
    ...windowAttributes(attributes),
    dilations: ints(attributes.dilations),
    group: int(groups),
  });
  writer.result(clamped(writer, sum, attributes.clamp), layout);
}

/** Averages count what lies inside of the input only, in the graph as in ONNX. */
export function pool2d(writer: OperatorWriter, { attributes }: Node<'pool-2d'>['op']): void {
  const { kind, kernel, clamp, ties } = attributes;
  const opType = kind === 'max' ? 'MaxPool' : 'AveragePool';
  const pooled = writer.operator(opType, [writer.input(0, layout)], writer.realType(layout), {
    kernel_shape: ints(kernel),
    ...windowAttributes(attributes),
  });
  const result = writer.result(clamped(writer, pooled, clamp), layout);
  if (kind === 'average' && writer.isQuantized && ties === 'up') writer.remark(result, 'ties-up');
}

function windowAttributes({ strides, padding }: Window): Attributes {
  const { top, left, bottom, right } = padding;
  return { strides: ints(strides), pads: ints([top, left, bottom, right]) };
}
