import { broadcastShapes, dimension, shapesEqual } from '../../../tensor/shape.ts';
import { tensorType } from '../../../tensor/tensor.ts';
import type { TranslateOperator } from '../context.ts';

/** BROADCAST_TO a constant shape: a slice that stands still along the axes that grow. */
export const broadcastTo: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = context.type(input);
  const size = context.integers(1, 'the shape');
  const joined = broadcastShapes(shape, size);
  if (joined === null || !shapesEqual(joined, size)) {
    throw context.invalid(`the shape ${shape.join('x')} does not broadcast to [${size.join(', ')}]`);
  }
  const full = [...size.slice(shape.length).map(() => 1), ...shape];
  const strides = size.map((count, axis) => (count === dimension(full, axis) ? 1 : 0));
  const attributes = { begin: size.map(() => 0), size, strides };
  context.output(0, { type: 'slice', attributes }, [context.reshape(input, full)]);
};

/** BROADCAST_ARGS: the shape that two constant shapes broadcast to. */
export const broadcastArgs: TranslateOperator = (context) => {
  const [a, b] = [context.integers(0, 'the first shape'), context.integers(1, 'the second shape')];
  const joined = broadcastShapes(a, b);
  if (joined === null) throw context.invalid(`the shapes [${a.join(', ')}] and [${b.join(', ')}] do not broadcast`);
  const dtype = context.outputType(0).dtype === 'int64' ? 'int64' : 'int32';
  const data = dtype === 'int64' ? BigInt64Array.from(joined, BigInt) : Int32Array.from(joined);
  const type = tensorType(dtype, [joined.length]);
  context.bind(0, context.builder.constant(context.outputTensor(0).name, { type, data }));
};

/** TILE by constant multiples: a new axis before each repeated one, along which a slice stands still. */
export const tile: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = context.type(input);
  const multiples = context.integers(1, 'the multiples');
  if (multiples.length !== shape.length || multiples.some((count) => count < 1)) {
    throw context.invalid(`multiples [${multiples.join(', ')}] do not fit ${shape.join('x')}`);
  }
  const split = shape.flatMap((count) => [1, count]);
  const size = shape.flatMap((count, axis) => [multiples[axis] ?? 1, count]);
  const attributes = { begin: size.map(() => 0), size, strides: size.map((_, i) => i % 2) };
  const view = context.reshape(input, split);
  const repeated = context.node(
    { type: 'slice', attributes },
    [view],
    context.type(input),
    `${context.name(input)}/tiled`,
  );
  const joined = shape.map((count, axis) => count * (multiples[axis] ?? 1));
  context.output(0, { type: 'reshape', attributes: { shape: joined } }, [repeated]);
};
