import type { Node } from '../../../ir/graph.ts';
import { padElement } from '../../../ops/pad.ts';
import type { SliceAttributes } from '../../../ops/slice.ts';
import { filled, tensorType } from '../../../tensor/tensor.ts';
import type { OperatorWriter } from '../operator-writer.ts';

export function reshape(writer: OperatorWriter): void {
  const { shape } = writer.outputType();
  writer.whole('RESHAPE', [writer.input(0), writer.integers('shape', shape)], {
    type: 'ReshapeOptions',
    value: { new_shape: [...shape] },
  });
}

export function transpose(writer: OperatorWriter, { attributes }: Node<'transpose'>['op']): void {
  const permutation = writer.integers('permutation', attributes.permutation);
  writer.whole('TRANSPOSE', [writer.input(0), permutation], { type: 'TransposeOptions', value: {} });
}

export function concat(writer: OperatorWriter, { attributes }: Node<'concat'>['op']): void {
  writer.whole('CONCATENATION', writer.inputs(), { type: 'ConcatenationOptions', value: { axis: attributes.axis } });
}

export function pad(writer: OperatorWriter, { attributes }: Node<'pad'>['op']): void {
  const { before, after, value } = attributes;
  const type = writer.inputType(0);
  const amounts = writer.constant('padding', {
    type: tensorType('int32', [before.length, 2]),
    data: Int32Array.from(before.flatMap((count, axis) => [count, after[axis] ?? 0])),
  });
  if (value === 0) {
    writer.whole('PAD', [writer.input(0), amounts], { type: 'PadOptions', value: {} });
    return;
  }
  const filling = writer.constant('padding value', filled({ ...type, shape: [1] }, padElement(attributes, type)));
  writer.whole('PADV2', [writer.input(0), amounts, filling], { type: 'PadV2Options', value: {} });
}

/** A step of 0 repeats an element: it is cut out and broadcast. */
export function slice(writer: OperatorWriter, { attributes }: Node<'slice'>['op']): void {
  const { begin, size, strides } = attributes;
  if (strides.every((stride) => stride !== 0)) {
    cut(writer, attributes, writer.output());
    return;
  }
  const { shape } = writer.outputType();
  const own = size.map((count, axis) => (strides[axis] === 0 ? Math.min(1, count) : count));
  const once = writer.between('once', { ...writer.outputType(), shape: own });
  cut(writer, { begin, size: own, strides: strides.map((stride) => (stride === 0 ? 1 : stride)) }, once);
  writer.whole('BROADCAST_TO', [once, writer.integers('shape', shape)], { type: 'BroadcastToOptions', value: {} });
}

function cut(writer: OperatorWriter, { begin, size, strides }: SliceAttributes, output: number): void {
  if (strides.every((stride) => stride === 1)) {
    const operands = [writer.input(0), writer.integers('begin', begin), writer.integers('size', size)];
    writer.operator('SLICE', operands, [output], { type: 'SliceOptions', value: {} });
    return;
  }
  const ends = begin.map((first, axis) => first + (size[axis] ?? 0) * (strides[axis] ?? 1));
  // A walk towards the front ends before element 0, which no index says: the mask does.
  const end_mask = ends.reduce((mask, end, axis) => (end < 0 ? mask | (1 << axis) : mask), 0);
  const operands = [
    writer.input(0),
    writer.integers('begin', begin),
    writer.integers(
      'end',
      ends.map((end) => Math.max(0, end)),
    ),
    writer.integers('strides', strides),
  ];
  writer.operator('STRIDED_SLICE', operands, [output], { type: 'StridedSliceOptions', value: { end_mask } });
}

export function gather(writer: OperatorWriter, { attributes }: Node<'gather'>['op']): void {
  const { axis, count } = attributes;
  const operands = [writer.input(0), writer.input(1)];
  if (count > 1) {
    if (axis !== 0) writer.refuse(`indices of ${count} axes from axis ${axis} have no operator in TFLite`);
    writer.whole('GATHER_ND', operands, { type: 'GatherNdOptions', value: {} });
    return;
  }
  const rank = writer.inputType(1).shape.length;
  const picked = writer.outputType().shape.length - writer.inputType(0).shape.length + 1;
  if (picked === rank) {
    writer.whole('GATHER', operands, { type: 'GatherOptions', value: { axis } });
    return;
  }
  if (axis === 0) {
    writer.whole('GATHER_ND', operands, { type: 'GatherNdOptions', value: {} });
    return;
  }
  // Behind other axes the indices lose their last one, of size 1, first.
  const { dtype, shape } = writer.inputType(1);
  const flat = writer.between('indices', tensorType(dtype, shape.slice(0, -1)));
  writer.reshape(writer.input(1), flat, shape.slice(0, -1));
  writer.whole('GATHER', [writer.input(0), flat], { type: 'GatherOptions', value: { axis } });
}

export function resizeBilinear(writer: OperatorWriter, { attributes }: Node<'resize-bilinear'>['op']): void {
  const { height, width, alignCorners, halfPixelCenters } = attributes;
  writer.whole('RESIZE_BILINEAR', [writer.input(0), writer.integers('size', [height, width])], {
    type: 'ResizeBilinearOptions',
    value: { align_corners: alignCorners, half_pixel_centers: halfPixelCenters },
  });
}

export function select(writer: OperatorWriter): void {
  writer.whole('SELECT_V2', writer.inputs(), { type: 'SelectV2Options', value: {} });
}
