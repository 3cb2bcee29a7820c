import { elementCount, type Shape, stridesOf } from '../../../../tensor/shape.ts';
import { type Tensor, tensorType } from '../../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import { distinct } from './distinct.ts';
import { suppressed } from './suppression.ts';

/** Operators whose result has as many elements as their data say: they are computed while translating, or refused. */

/** The constant behind input `index`, whose elements decide on the shape of the result. */
function decisive(context: OperatorContext, index: number, role: string): Tensor {
  const { tensor, name } = context.input(index);
  if (tensor !== null) return tensor;
  throw context.problem(
    'onnx-not-constant',
    `the shape of its result depends on ${role} ("${name}"), which is computed at run time`,
    'cut the model before it, or use a form of fixed size (TopK, Where) and ignore what is too much',
  );
}

function int64s(context: OperatorContext, values: readonly number[], shape: Shape) {
  return context.literal({ type: tensorType('int64', shape), data: BigInt64Array.from(values, BigInt) });
}

/** NonZero: the indices of all elements that are not 0, one column each. */
const nonZero: TranslateOperator = (context) => {
  const { type, data } = decisive(context, 0, 'its input');
  const strides = stridesOf(type.shape);
  const places = Array.from<number | bigint, number>(data, Number).flatMap((value, i) => (value === 0 ? [] : [i]));
  const rows = type.shape.map((size, axis) => places.map((place) => Math.floor(place / (strides[axis] ?? 1)) % size));
  context.claim(rows.length * places.length);
  context.bind(int64s(context, rows.flat(), [rows.length, places.length]));
};

/** Compress: the parts along an axis, or the elements of the flat input, at which the condition is true. */
const compress: TranslateOperator = (context) => {
  const input = context.input(0);
  const kept = Array.from<number | bigint, number>(decisive(context, 1, 'the condition').data, Number);
  const places = kept.flatMap((value, i) => (value === 0 ? [] : [i]));
  const flat = context.hasAttribute('axis') ? input : context.reshape(input, [elementCount(input.type.shape)]);
  const { shape } = flat.type;
  const axis = context.axis(context.int('axis', 0), shape.length);
  const last = places.at(-1);
  if (last !== undefined && last >= (shape[axis] ?? 0))
    throw context.invalid(`its condition is longer than axis ${axis}`);
  const op = { type: 'gather', attributes: { axis, count: 1 } } as const;
  context.bind(context.write(op, [flat, context.int32s(places, [places.length, 1])]));
};

/** Unique: the distinct elements, or parts along an axis, where they first stood, where each went, and how often they are. */
const unique: TranslateOperator = (context) => {
  const input = decisive(context, 0, 'its input');
  const flat = context.hasAttribute('axis') ? input.type.shape : [elementCount(input.type.shape)];
  const axis = context.axis(context.int('axis', 0), flat.length);
  const sorted = context.int('sorted', 1) !== 0;
  if (input.data.length > 2 ** 20)
    throw context.unsupported(`${input.data.length} elements`, 'compute it outside of the model');
  const { first, inverse, counts } = distinct(input.data, flat, axis, sorted);
  const op = { type: 'gather', attributes: { axis, count: 1 } } as const;
  const view = context.reshape(context.input(0), flat);
  context.bind(context.write(op, [view, context.int32s(first, [first.length, 1])]), 0);
  context.bind(int64s(context, first, [first.length]), 1);
  context.bind(int64s(context, inverse, [inverse.length]), 2);
  context.bind(int64s(context, counts, [counts.length]), 3);
};

/** NonMaxSuppression: rows of batch, class and box. */
const nonMaxSuppression: TranslateOperator = (context) => {
  const [boxes, scores] = [decisive(context, 0, 'the boxes'), decisive(context, 1, 'the scores')];
  const number = (index: number, role: string, fallback: number) =>
    context.optional(index) === null ? fallback : Number(context.constant(index, role).data[0] ?? fallback);
  const [batches = 0, count = 0, corners] = boxes.type.shape;
  const [, classes = 0, scored] = scores.type.shape;
  if (corners !== 4 || scored !== count || scores.type.shape[0] !== batches)
    throw context.invalid('boxes and scores differ');
  if (batches * classes * count * count > 2 ** 26) throw context.unsupported(`${count} boxes`, 'use fewer');
  const chosen = suppressed(
    { boxes: Array.from(boxes.data, Number), scores: Array.from(scores.data, Number), batches, classes, count },
    {
      mostPerClass: number(2, 'max_output_boxes_per_class', 0),
      iou: number(3, 'iou_threshold', 0),
      score: number(4, 'score_threshold', Number.NEGATIVE_INFINITY),
      centers: context.int('center_point_box', 0) !== 0,
    },
  );
  context.bind(int64s(context, chosen.flat(), [chosen.length, 3]));
};

export const chosen: readonly (readonly [string, TranslateOperator])[] = [
  ['NonZero', nonZero],
  ['Compress', compress],
  ['Unique', unique],
  ['NonMaxSuppression', nonMaxSuppression],
];
