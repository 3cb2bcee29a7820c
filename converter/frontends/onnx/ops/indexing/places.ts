import type { CumulativeAttributes } from '../../../../ops/cumulative.ts';
import { dimension, elementCount } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { partOf } from '../movement/along-axis.ts';
import { counting, elementsAt } from './indices.ts';

/** Operators that look along an axis for places, or sum along it. */

/** The int32 place of the first (or last) extreme along `axis`, which the result loses. */
function place(context: OperatorContext, input: Operand, kind: 'max' | 'min', axis: number, last = false): Operand {
  const length = dimension(input.type.shape, axis);
  const view = last ? partOf(context, input, axis, length - 1, length, -1) : input;
  const found = context.writeAs('int32', { type: 'arg-reduce', attributes: { kind, axis } }, [view]);
  return last ? context.zip('sub', context.int32s([length - 1], []), found) : found;
}

function argReduce(kind: 'max' | 'min'): TranslateOperator {
  return (context) => {
    const input = context.input(0);
    const { shape } = input.type;
    const axis = context.axis(context.int('axis', 0), shape.length);
    const last = context.int('select_last_index', 0) !== 0;
    const found = place(context, input, kind, axis, last);
    const kept = context.int('keepdims', 1) === 0 ? found.type.shape : shape.with(axis, 1);
    context.bind(context.cast(context.reshape(found, kept), 'int64'));
  };
}

/** TopK: places in order, the values a gather of them. Unsorted ones may have any order, so they have this one. */
const topK: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const axis = context.axis(context.int('axis', -1), shape.length);
  const [k = 0, ...more] = context.opset < 10 ? [context.int('k', 0)] : context.integers(1, 'k');
  if (more.length > 0) throw context.invalid('k must be one number');
  const largest = context.int('largest', 1) !== 0;
  context.ignore('sorted');
  const attributes = { k, axis, largest };
  const places = context.writeAs('int32', { type: 'top-k', attributes }, [input]);
  if (context.isRead(0)) context.bind(elementsAt(context, input, places, axis), 0);
  if (context.isRead(1)) context.bind(context.cast(places, 'int64'), 1);
};

function cumulative(kind: CumulativeAttributes['kind']): TranslateOperator {
  return (context) => {
    const input = context.input(0);
    const [given = 0, ...more] = context.integers(1, 'the axis');
    if (more.length > 0) throw context.invalid('it takes one axis');
    const axis = context.axis(given, input.type.shape.length);
    const [exclusive, reverse] = [context.int('exclusive', 0) !== 0, context.int('reverse', 0) !== 0];
    context.bind(context.write({ type: 'cumulative', attributes: { kind, axis, exclusive, reverse } }, [input]));
  };
}

/** OneHot: the on value where the index is the place along the new axis, the off value elsewhere. */
const oneHot: TranslateOperator = (context) => {
  const [given, values] = [context.input(0), context.input(2)];
  const depths = Array.from<number | bigint, number>(context.constant(1, 'the depth').data, Number);
  const [depth = 0] = depths;
  const rank = given.type.shape.length + 1;
  const axis = context.axis(context.int('axis', -1), rank);
  if (depths.length !== 1 || !Number.isInteger(depth) || depth < 1) throw context.invalid(`a depth of ${depths}`);
  if (elementCount(values.type.shape) !== 2) throw context.invalid('its values must be off and on');
  const indices = context.reshape(context.cast(given, 'int32'), given.type.shape.toSpliced(axis, 0, 1));
  const isNegative = context.compare('less', indices, context.int32s([0], []));
  const places = context.select(isNegative, context.zip('add', indices, context.int32s([depth], [])), indices);
  const hit = context.compare('equal', places, counting(context, depth, axis, rank));
  const pair = context.reshape(values, [2]);
  const [off, on] = [partOf(context, pair, 0, 0, 1, 1), partOf(context, pair, 0, 1, 1, 1)];
  context.bind(context.select(hit, context.reshape(on, []), context.reshape(off, [])));
};

/** Hardmax: 1 at the first largest element, 0 elsewhere; over one axis from operator set 13 on, over all from `axis` on before. */
const hardmax: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  context.floatOnly(input);
  const axis = context.axis(context.int('axis', context.opset < 13 ? 1 : -1), shape.length);
  const flat = [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))];
  const view = context.opset < 13 ? context.reshape(input, flat) : input;
  const along = context.opset < 13 ? 1 : axis;
  const found = context.reshape(place(context, view, 'max', along), view.type.shape.with(along, 1));
  const count = counting(context, dimension(view.type.shape, along), along, view.type.shape.length);
  const hit = context.compare('equal', found, count);
  context.bind(context.reshape(context.cast(hit, 'float32'), shape));
};

export const placeSearches: readonly (readonly [string, TranslateOperator])[] = [
  ['ArgMax', argReduce('max')],
  ['ArgMin', argReduce('min')],
  ['TopK', topK],
  ['CumSum', cumulative('sum')],
  ['CumProd', cumulative('product')],
  ['OneHot', oneHot],
  ['Hardmax', hardmax],
];
