import type { Node } from '../../../ir/graph.ts';
import { padElement } from '../../../ops/pad.ts';
import { scaleAt, zeroPointAt } from '../../../tensor/quantization.ts';
import { int, text } from '../encode.ts';
import { axisIn, isSameOrder, listIn, permutationTo, shapeIn } from '../layout.ts';
import type { OperatorWriter } from '../operator-writer.ts';

/** Images of one channel or one pixel go in and out with channels first, which windows around want. */
export function reshape(writer: OperatorWriter): void {
  const isFirst = isSameOrder(writer.inputType(0).shape) && writer.inputLayout() === 'channels-first';
  const input = writer.input(0, isFirst ? 'channels-first' : 'plain');
  const layout = isSameOrder(writer.outputType().shape) ? 'channels-first' : 'plain';
  const type = writer.realType(layout);
  writer.result(writer.operator('Reshape', [input, writer.integers('shape', type.shape)], type), layout);
}

/** Between the layouts nothing has to be written: the result is the operand in the other one. */
export function transpose(writer: OperatorWriter, { attributes }: Node<'transpose'>['op']): void {
  const permutation = attributes.permutation.join();
  if (permutation === permutationTo['channels-first'].join()) writer.alias('plain', 'channels-first');
  else if (permutation === permutationTo.plain.join()) writer.alias('channels-first', 'plain');
  else writer.result(writer.transpose(writer.input(0), attributes.permutation));
}

export function concat(writer: OperatorWriter, { attributes }: Node<'concat'>['op']): void {
  const layout = writer.commonLayout();
  const axis = int(axisIn(layout, attributes.axis));
  writer.result(writer.operator('Concat', writer.inputs(layout), writer.realType(layout), { axis }), layout);
}

export function pad(writer: OperatorWriter, { attributes }: Node<'pad'>['op']): void {
  const layout = writer.commonLayout();
  const { before, after } = attributes;
  const type = writer.realType(layout);
  const stored = padElement(attributes, writer.inputType(0));
  const { quantization } = writer.inputType(0);
  const value =
    quantization.kind === 'per-tensor' ? scaleAt(quantization, 0) * (stored - zeroPointAt(quantization, 0)) : stored;
  const pads = writer.integers('pads', [...listIn(layout, before), ...listIn(layout, after)]);
  const operands = [writer.input(0, layout), pads, writer.number('value', type.dtype, value)];
  writer.result(writer.operator('Pad', operands, type), layout);
}

/** A step of 0 repeats an element: it is cut out and expanded. */
export function slice(writer: OperatorWriter, { attributes }: Node<'slice'>['op']): void {
  const layout = writer.commonLayout();
  const type = writer.realType(layout);
  const [begin, size, strides] = [attributes.begin, attributes.size, attributes.strides].map((list) =>
    listIn(layout, list),
  );
  const input = shapeIn(layout, writer.inputType(0).shape);
  const axes = input.flatMap((length, axis) => {
    const [first = 0, count = 0, step = 1] = [begin?.[axis], size?.[axis], strides?.[axis]];
    if (first === 0 && count === length && step === 1) return [];
    if (step === 0) return [{ axis, first, end: first + 1, step: 1, repeats: true }];
    const end = first + count * step;
    // A walk towards the front may end before element 0, which is -1 counted from beyond the front.
    return [{ axis, first, end: end < 0 ? -length - 1 : end, step, repeats: false }];
  });
  const cut = type.shape.map((count, axis) => (axes.some((one) => one.axis === axis && one.repeats) ? 1 : count));
  const list = (name: string, of: (axis: (typeof axes)[number]) => number) => writer.integers(name, axes.map(of));
  const operands = [
    writer.input(0, layout),
    list('starts', ({ first }) => first),
    list('ends', ({ end }) => end),
    list('axes', ({ axis }) => axis),
    list('steps', ({ step }) => step),
  ];
  const picked =
    axes.length === 0 ? copyOf(writer, layout) : writer.operator('Slice', operands, { ...type, shape: cut });
  const repeats = axes.some((axis) => axis.repeats);
  const result = repeats ? writer.operator('Expand', [picked, writer.integers('shape', type.shape)], type) : picked;
  writer.result(result, layout);
}

function copyOf(writer: OperatorWriter, layout: Parameters<OperatorWriter['input']>[1]) {
  return writer.operator('Identity', [writer.input(0, layout)], writer.realType(layout));
}

export function resizeBilinear(writer: OperatorWriter, { attributes }: Node<'resize-bilinear'>['op']): void {
  const layout = 'channels-first';
  const { alignCorners, halfPixelCenters, integers } = attributes;
  const mode = alignCorners ? 'align_corners' : halfPixelCenters ? 'half_pixel' : 'asymmetric';
  const type = writer.realType(layout);
  const operands = [writer.input(0, layout), null, null, writer.integers('sizes', type.shape)];
  const resized = writer.operator('Resize', operands, type, {
    mode: text('linear'),
    coordinate_transformation_mode: text(mode),
  });
  const result = writer.result(resized, layout);
  if (writer.isQuantized && integers === 'real-uint8') writer.remark(result, 'bytes');
}

/** Truth values by logic, since runtimes have no Where for them. */
export function select(writer: OperatorWriter): void {
  const layout = writer.commonLayout();
  const type = writer.realType(layout);
  const [condition, a, b] = writer.broadcastInputs(layout);
  if (condition === undefined || a === undefined || b === undefined) writer.refuse('it has no three operands');
  if (type.dtype !== 'bool') {
    writer.result(writer.operator('Where', [condition, a, b], type), layout);
    return;
  }
  const otherwise = writer.operator('Not', [condition], writer.typeOf(condition));
  const sides = [writer.operator('And', [condition, a], type), writer.operator('And', [otherwise, b], type)];
  writer.result(writer.operator('Or', sides, type), layout);
}
