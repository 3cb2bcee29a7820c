import { unary, theVariable as x } from '../../../../ops/scalar-expression.ts';
import { dimension, elementCount } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { column, tuples } from '../indexing/indices.ts';

/**
 * The loss of log probabilities [N, classes] of a target class each: minus the one of the target, times the weight of the class,
 * nothing where the target is `ignore_index`; then as they are, their sum, or their weighted mean. ONNX NegativeLogLikelihoodLoss.
 */
function lossOf(context: OperatorContext, logs: Operand, target: Operand): Operand {
  const [rows, classes] = [dimension(logs.type.shape, 0), dimension(logs.type.shape, 1)];
  const { shape } = target.type;
  if (elementCount(shape) !== rows) throw context.invalid(`targets of ${shape.join('x')} do not fit ${rows} rows`);
  const reduction = context.string('reduction', 'mean');
  const indices = context.reshape(context.cast(target, 'int32'), [rows, 1]);
  const rowOf = column(context, rows, (row) => row);
  const places = tuples(context, rows, [rowOf, indices]);
  const picked = context.write({ type: 'gather', attributes: { axis: 0, count: 2 } }, [logs, places]);
  const weight = weightsOf(context, context.reshape(indices, [rows]), rows, classes);
  const minus = context.map(picked, unary('neg', x));
  const weighted = weight === null ? minus : context.zip('mul', minus, weight.values);
  const losses =
    weight === null || weight.ignored === null
      ? weighted
      : context.select(weight.ignored, context.floats([0], []), weighted);
  if (reduction === 'none') return context.reshape(losses, shape);
  if (reduction !== 'mean' && reduction !== 'sum') throw context.invalid(`the reduction ${reduction} is not known`);
  const attributes = { axes: [0], keepDims: false };
  const isMean = reduction === 'mean' && weight === null;
  const total = context.write({ type: 'reduce', attributes: { ...attributes, kind: isMean ? 'mean' : 'sum' } }, [
    losses,
  ]);
  if (reduction === 'sum' || weight === null) return total;
  const all = context.write({ type: 'reduce', attributes: { ...attributes, kind: 'sum' } }, [weight.values]);
  return context.zip('div', total, all);
}

/** The weight of each row, 0 where it is ignored, and where that is; null where all count alike. */
function weightsOf(
  context: OperatorContext,
  indices: Operand,
  rows: number,
  classes: number,
): { readonly values: Operand; readonly ignored: Operand | null } | null {
  const given = context.optional(2);
  const ignores = context.hasAttribute('ignore_index');
  const ignored = ignores
    ? context.compare('equal', indices, context.int32s([context.int('ignore_index', 0)], []))
    : null;
  if (given !== null && elementCount(given.type.shape) !== classes) {
    throw context.invalid(`${elementCount(given.type.shape)} weights do not fit ${classes} classes`);
  }
  const one = context.floats([1], [1]);
  const places = context.reshape(indices, [rows, 1]);
  const of =
    given === null ? null : context.write({ type: 'gather', attributes: { axis: 0, count: 1 } }, [given, places]);
  if (ignored !== null) return { values: context.select(ignored, context.floats([0], []), of ?? one), ignored };
  return of === null ? null : { values: of, ignored };
}

/** Classes last: [N, C, d1, ...] as [N * d1 ..., C], and the way back. */
function classesLast(context: OperatorContext, input: Operand) {
  const { shape } = input.type;
  if (shape.length < 2) throw context.invalid('its scores must be [N, classes, ...]');
  const order = [0, ...[...shape.keys()].slice(2), 1];
  const moved = context.transpose(input, order);
  const classes = dimension(shape, 1);
  const back = [...shape.keys()].map((axis) => order.indexOf(axis));
  return {
    rows: context.reshape(moved, [elementCount(shape) / classes, classes]),
    restore: (rows: Operand) => context.transpose(context.reshape(rows, moved.type.shape), back),
  };
}

const negativeLogLikelihood: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  context.bind(lossOf(context, classesLast(context, input).rows, context.input(1)));
};

/** SoftmaxCrossEntropyLoss, whose second output are the logarithms of the softmax. */
const softmaxCrossEntropy: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const { rows, restore } = classesLast(context, input);
  const logs = context.write({ type: 'log-softmax', attributes: {} }, [rows]);
  context.bind(lossOf(context, logs, context.input(1)));
  if (context.isRead(1)) context.bind(restore(logs), 1);
};

export const losses: readonly (readonly [string, TranslateOperator])[] = [
  ['NegativeLogLikelihoodLoss', negativeLogLikelihood],
  ['SoftmaxCrossEntropyLoss', softmaxCrossEntropy],
];
