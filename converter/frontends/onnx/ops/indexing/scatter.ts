import type { ScatterReduction } from '../../../../ops/scatter.ts';
import { dimension, elementCount, shapesEqual } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import { column, elementPlaces, fromEnd, spread, tuples } from './indices.ts';

function reductionOf(context: OperatorContext): ScatterReduction {
  const reduction = context.string('reduction', 'none');
  if (reduction === 'none' || reduction === 'add' || reduction === 'mul') return reduction;
  if (reduction === 'max' || reduction === 'min') return reduction;
  throw context.invalid(`the reduction ${reduction} is not known`);
}

/** ScatterND: the last axis of the indices counts along the first axes of the data. */
const scatterNd: TranslateOperator = (context) => {
  const [data, given, updates] = [context.input(0), context.input(1), context.input(2)];
  const count = given.type.shape.at(-1) ?? 0;
  const reduction = reductionOf(context);
  if (count < 1 || count > data.type.shape.length) {
    throw context.invalid(`${count} indices do not fit data of ${data.type.shape.join('x')}`);
  }
  const indices = fromEnd(context, given, data.type.shape.slice(0, count));
  const attributes = { axis: 0, count, reduction };
  context.bind(context.write({ type: 'scatter', attributes }, [data, indices, updates]));
};

/** ScatterElements, and Scatter, as it was called before operator set 11: one element for each index. */
const scatterElements: TranslateOperator = (context) => {
  const [data, updates] = [context.input(0), context.input(2)];
  const { shape } = data.type;
  const axis = context.axis(context.int('axis', 0), shape.length);
  const reduction = reductionOf(context);
  const indices = fromEnd(context, context.input(1), [dimension(shape, axis)]);
  if (!shapesEqual(indices.type.shape, updates.type.shape))
    throw context.invalid('its indices and updates differ in shape');
  const { view, places, rows } = elementPlaces(context, shape, indices, axis);
  const attributes = { axis: 0, count: view.length, reduction };
  const operands = [context.reshape(data, view), places, context.reshape(updates, [rows])];
  context.bind(context.reshape(context.write({ type: 'scatter', attributes }, operands), shape));
};

/**
 * TensorScatter: writes the update [B, ..., T, ...] into the cache [B, ..., S, ...] along `axis`, for each batch from its own place on;
 * in circular mode the places go on at the beginning.
 */
const tensorScatter: TranslateOperator = (context) => {
  const [cache, update] = [context.input(0), context.input(1)];
  const { shape } = cache.type;
  const axis = context.axis(context.int('axis', -2), shape.length);
  const mode = context.string('mode', 'linear');
  if (axis === 0 || (mode !== 'linear' && mode !== 'circular')) throw context.invalid(`axis=${axis} with mode=${mode}`);
  const steps = dimension(update.type.shape, axis);
  if (!shapesEqual(update.type.shape, shape.with(axis, steps)))
    throw context.invalid('the update does not fit the cache');
  const [batch, middle, size] = [dimension(shape, 0), elementCount(shape.slice(1, axis)), dimension(shape, axis)];
  const starts = context.optional(2) === null ? context.int32s(new Int32Array(batch), [batch]) : context.input(2);
  const count = context.int32s(
    column(context, steps, (t) => t),
    [1, steps],
  );
  const linear = context.zip('add', context.reshape(context.cast(starts, 'int32'), [batch, 1]), count);
  const along = mode === 'linear' ? linear : context.zip('floor-mod', linear, context.int32s([size], []));
  const rows = batch * middle * steps;
  const partOf = column(context, rows, (row) => Math.floor(row / steps));
  const all = spread(context, context.reshape(along, [batch, 1, steps]), [batch, middle, steps]);
  const inner = shape.slice(axis + 1);
  const operands = [
    context.reshape(cache, [batch * middle, size, ...inner]),
    tuples(context, rows, [partOf, all]),
    context.reshape(update, [rows, ...inner]),
  ];
  const attributes = { axis: 0, count: 2, reduction: 'none' } as const;
  context.bind(context.reshape(context.write({ type: 'scatter', attributes }, operands), shape));
};

export const scatters: readonly (readonly [string, TranslateOperator])[] = [
  ['ScatterND', scatterNd],
  ['ScatterElements', scatterElements],
  ['Scatter', scatterElements],
  ['TensorScatter', tensorScatter],
];
