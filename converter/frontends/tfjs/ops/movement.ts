import type { ReduceAttributes } from '../../../ops/reduce.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import type { Operand } from '../../graph-writer.ts';
import type { NodeContext, TranslateNode } from '../context.ts';

const reshape: TranslateNode = (context) => {
  const input = context.input(0);
  const shape = context.integers(1, 'the shape');
  const open = shape.indexOf(-1);
  const rest = elementCount(shape.filter((size) => size !== -1));
  const size = elementCount(input.type.shape);
  const closed = shape.map((length, axis) => (axis === open ? size / rest : length));
  if (shape.length > 8 || closed.some((length) => !Number.isInteger(length) || length < 1)) {
    throw context.invalid(`the shape ${shape.join('x')} does not fit ${input.type.shape.join('x')}`);
  }
  return context.reshape(input, closed);
};

const squeeze: TranslateNode = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const listed = [...context.ints('squeeze_dims'), ...context.ints('axis')];
  const axes =
    listed.length === 0 ? [...shape.keys()].filter((axis) => shape[axis] === 1) : context.axes(listed, shape.length);
  if (axes.some((axis) => shape[axis] !== 1))
    throw context.invalid(`axes ${axes.join(', ')} of ${shape.join('x')} are not all of size 1`);
  return context.reshape(
    input,
    shape.filter((_, axis) => !axes.includes(axis)),
  );
};

const expandDims: TranslateNode = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const [axis = 0] = context.integers(1, 'the axis');
  return context.reshape(input, shape.toSpliced(context.axis(axis, shape.length + 1), 0, 1));
};

const transpose: TranslateNode = (context) => {
  const input = context.input(0);
  const order = context.integers(1, 'the permutation');
  const isOrder =
    order.length === input.type.shape.length && new Set(context.axes(order, order.length)).size === order.length;
  if (!isOrder) throw context.invalid(`${order.join(', ')} is no order of the axes`);
  return context.transpose(
    input,
    order.map((axis) => context.axis(axis, order.length)),
  );
};

const pad: TranslateNode = (context) => {
  const input = context.input(0);
  const counts = context.integers(1, 'the padding');
  const value = context.inputs.length > 2 ? Number(context.constant(2, 'the value').data[0]) : 0;
  const side = (end: 0 | 1) => input.type.shape.map((_, axis) => counts[2 * axis + end] ?? -1);
  if (counts.length !== 2 * input.type.shape.length) throw context.invalid('its padding does not fit the input');
  return context.write({ type: 'pad', attributes: { before: side(0), after: side(1), value } }, [input]);
};

const concat: TranslateNode = (context) => {
  const all = context.all();
  const [first] = all;
  const [axis = 0] = context.integers(all.length - 1, 'the axis');
  if (first === undefined || all.length < 2) throw context.invalid('it has no inputs');
  const attributes = { axis: context.axis(axis, first.type.shape.length) };
  return all.length === 2 ? first : context.write({ type: 'concat', attributes }, all.slice(0, -1));
};

const pack: TranslateNode = (context) => {
  const all = context.all();
  const [first] = all;
  if (first === undefined) throw context.invalid('it has no inputs');
  const axis = context.axis(context.int('axis', 0), first.type.shape.length + 1);
  const wide = all.map((operand) => context.reshape(operand, operand.type.shape.toSpliced(axis, 0, 1)));
  return wide.length === 1 && wide[0] !== undefined
    ? wide[0]
    : context.write({ type: 'concat', attributes: { axis } }, wide);
};

/** `size` elements from `begin`, every `stride`-th of them. */
function slice(
  context: NodeContext,
  input: Operand,
  begin: readonly number[],
  size: readonly number[],
  strides: readonly number[],
): Operand {
  const { shape } = input.type;
  if (begin.every((first) => first === 0) && size.every((length, axis) => length === shape[axis])) return input;
  return context.write({ type: 'slice', attributes: { begin, size, strides } }, [input]);
}

const plainSlice: TranslateNode = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const [begin, size] = [context.integers(1, 'the begin'), context.integers(2, 'the size')];
  const sizes = size.map((length, axis) => (length === -1 ? (shape[axis] ?? 0) - (begin[axis] ?? 0) : length));
  return slice(
    context,
    input,
    begin,
    sizes,
    shape.map(() => 1),
  );
};

/** Slices with positive strides; masks say which ends are open and which axes go (TensorFlow `StridedSlice`). */
const stridedSlice: TranslateNode = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const [begin, end, strides] = [
    context.integers(1, 'the begin'),
    context.integers(2, 'the end'),
    context.integers(3, 'the strides'),
  ];
  const [beginMask, endMask, shrinkMask] = ['begin_mask', 'end_mask', 'shrink_axis_mask'].map((name) =>
    context.int(name, 0),
  );
  if (context.int('ellipsis_mask', 0) !== 0 || context.int('new_axis_mask', 0) !== 0) {
    throw context.unsupported('a slice with an ellipsis or a new axis', 'write out all axes');
  }
  if (
    begin.length > shape.length ||
    end.length !== begin.length ||
    strides.length !== begin.length ||
    strides.some((n) => n < 1)
  ) {
    throw context.unsupported(`a slice with strides ${strides.join(', ')}`, 'use positive strides');
  }
  const isSet = (mask: number | undefined, axis: number) => (((mask ?? 0) >> axis) & 1) === 1;
  const parts = shape.map((length, axis) => {
    const [from = 0, to = length, stride = 1] = [begin[axis], end[axis], strides[axis]];
    const clamped = (place: number) => Math.min(Math.max(place < 0 ? place + length : place, 0), length);
    const first = isSet(beginMask, axis) ? 0 : clamped(from);
    if (isSet(shrinkMask, axis)) return { first, size: 1, stride: 1 };
    const last = isSet(endMask, axis) || axis >= begin.length ? length : clamped(to);
    return { first, size: Math.max(0, Math.ceil((last - first) / stride)), stride };
  });
  const result = slice(
    context,
    input,
    parts.map(({ first }) => first),
    parts.map(({ size }) => size),
    parts.map(({ stride }) => stride),
  );
  return context.reshape(
    result,
    result.type.shape.filter((_, axis) => !isSet(shrinkMask, axis)),
  );
};

const shapeOf: TranslateNode = (context) => {
  const { shape } = context.input(0).type;
  return context.indices(shape, [shape.length]);
};

function reduction(kind: ReduceAttributes['kind']): TranslateNode {
  return (context) => {
    const input = context.input(0);
    const axes = context.axes(context.integers(1, 'the axes'), input.type.shape.length);
    return context.reduce(kind, input, axes, context.flag('keep_dims'));
  };
}

const argMax: TranslateNode = (context) => {
  const input = context.input(0);
  const [axis = 0] = context.integers(1, 'the axis');
  return context.write(
    { type: 'arg-reduce', attributes: { kind: 'max', axis: context.axis(axis, input.type.shape.length) } },
    [input],
    'int32',
  );
};

const resizeBilinear: TranslateNode = (context) => {
  const input = context.input(0);
  const [height = 0, width = 0] = context.integers(1, 'the size');
  const attributes = {
    height,
    width,
    alignCorners: context.flag('align_corners'),
    halfPixelCenters: context.flag('half_pixel_centers'),
    integers: 'fixed' as const,
  };
  if (height < 1 || width < 1 || height > 2 ** 20 || width > 2 ** 20)
    throw context.invalid(`the size is ${height}x${width}`);
  return context.write({ type: 'resize-bilinear', attributes }, [input]);
};

/** Row i of the result is row floor(i * input / output), or with half pixels floor((i + 0.5) * input / output), in float32. */
const resizeNearest: TranslateNode = (context) => {
  const input = context.input(0);
  const size = context.integers(1, 'the size');
  const half = context.flag('half_pixel_centers');
  if (context.flag('align_corners')) throw context.unsupported('align_corners', 'use half_pixel_centers');
  return [1, 2].reduce((image, axis) => {
    const [length, count] = [dimension(image.type.shape, axis), size[axis - 1] ?? 0];
    if (count < 1 || count > 2 ** 20) throw context.invalid(`the size is ${size.join('x')}`);
    const scale = Math.fround(length / count);
    const place = (i: number) => Math.min(length - 1, Math.floor(Math.fround((half ? i + 0.5 : i) * scale)));
    const places = Array.from({ length: count }, (_, i) => place(i));
    if (places.every((from, i) => from === i) && length === count) return image;
    return context.write({ type: 'gather', attributes: { axis, count: 1 } }, [
      image,
      context.indices(places, [count, 1]),
    ]);
  }, input);
};

const gather: TranslateNode = (context) => {
  const [data, indices] = [context.input(0), context.input(1)];
  const [axis = 0] = context.inputs.length > 2 ? context.integers(2, 'the axis') : [0];
  if (context.int('batch_dims', 0) !== 0) throw context.unsupported('batch_dims', 'use 0');
  const attributes = { axis: context.axis(axis, data.type.shape.length), count: 1 };
  return context.write({ type: 'gather', attributes }, [data, context.reshape(indices, [...indices.type.shape, 1])]);
};

export const movements: readonly (readonly [string, TranslateNode])[] = [
  ['Reshape', reshape],
  ['Squeeze', squeeze],
  ['ExpandDims', expandDims],
  ['Transpose', transpose],
  ['Pad', pad],
  ['PadV2', pad],
  ['ConcatV2', concat],
  ['Pack', pack],
  ['Slice', plainSlice],
  ['StridedSlice', stridedSlice],
  ['Shape', shapeOf],
  ['Mean', reduction('mean')],
  ['Sum', reduction('sum')],
  ['Max', reduction('max')],
  ['Min', reduction('min')],
  ['Prod', reduction('product')],
  ['ArgMax', argMax],
  ['ResizeBilinear', resizeBilinear],
  ['ResizeNearestNeighbor', resizeNearest],
  ['GatherV2', gather],
];
