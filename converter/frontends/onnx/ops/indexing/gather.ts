import { dimension, elementCount } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { column, elementsAt, fromEnd, tuples } from './indices.ts';
import { pickRuns } from './runs.ts';

/** Gather along one axis. Constant indices of few even steps are slices, which the passes know more about. */
const gather: TranslateOperator = (context) => {
  const [input, given] = [context.input(0), context.input(1)];
  const { shape } = input.type;
  const axis = context.axis(context.int('axis', 0), shape.length);
  const indices = fromEnd(context, given, [dimension(shape, axis)]);
  const result = [...shape.slice(0, axis), ...given.type.shape, ...shape.slice(axis + 1)];
  const runs = indices.tensor === null ? null : pickRuns(context, input, axis, Array.from(indices.tensor.data, Number));
  context.bind(runs === null ? gathered(context, input, indices, axis) : context.reshape(runs, result));
};

function gathered(context: OperatorContext, input: Operand, indices: Operand, axis: number): Operand {
  const places = context.reshape(indices, [...indices.type.shape, 1]);
  return context.write({ type: 'gather', attributes: { axis, count: 1 } }, [input, places]);
}

/** GatherElements: one element for each index. */
const gatherElements: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const axis = context.axis(context.int('axis', 0), shape.length);
  context.bind(elementsAt(context, input, fromEnd(context, context.input(1), [dimension(shape, axis)]), axis));
};

/** GatherND: the last axis of the indices counts along the first axes behind the batch; the batches become an index of their own. */
const gatherNd: TranslateOperator = (context) => {
  const [input, given] = [context.input(0), context.input(1)];
  const { shape } = input.type;
  const batchDims = context.int('batch_dims', 0);
  const count = given.type.shape.at(-1) ?? 0;
  const batch = shape.slice(0, batchDims);
  const same = batch.every((size, axis) => size === given.type.shape[axis]);
  if (batchDims < 0 || !same || count < 1 || batchDims + count > shape.length || batchDims >= given.type.shape.length) {
    throw context.invalid(`indices of ${given.type.shape.join('x')} do not fit data of ${shape.join('x')}`);
  }
  const own = shape.slice(batchDims, batchDims + count);
  const indices = fromEnd(context, given, own);
  const result = [...given.type.shape.slice(0, -1), ...shape.slice(batchDims + count)];
  const batches = elementCount(batch);
  if (batches === 1) {
    const view = context.reshape(input, shape.slice(batchDims));
    const gathered = context.write({ type: 'gather', attributes: { axis: 0, count } }, [view, indices]);
    context.bind(context.reshape(gathered, result));
    return;
  }
  const rows = elementCount(given.type.shape.slice(0, -1));
  const batchOf = column(context, rows, (row) => Math.floor(row / (rows / batches)));
  const parts = [context.int32s(batchOf, [rows, 1]), context.reshape(indices, [rows, count])];
  const places = context.write({ type: 'concat', attributes: { axis: 1 } }, parts);
  const view = context.reshape(input, [batches, ...shape.slice(batchDims)]);
  const op = { type: 'gather', attributes: { axis: 0, count: count + 1 } } as const;
  context.bind(context.reshape(context.write(op, [view, places]), result));
};

/** ReverseSequence: the first elements of each sequence backwards, as many as its length says, the rest as they are. */
const reverseSequence: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const [batchAxis, timeAxis] = [context.int('batch_axis', 1), context.int('time_axis', 0)];
  if (Math.min(batchAxis, timeAxis) !== 0 || Math.max(batchAxis, timeAxis) !== 1 || shape.length < 2) {
    throw context.invalid(`batch_axis=${batchAxis} and time_axis=${timeAxis} are not 0 and 1`);
  }
  const [batch, time] = [dimension(shape, batchAxis), dimension(shape, timeAxis)];
  const lengths = context.reshape(context.cast(context.input(1), 'int32'), [batch, 1]);
  const steps = context.int32s(
    column(context, time, (t) => t),
    [1, time],
  );
  const last = context.zip('sub', lengths, context.int32s([1], []));
  const turned = context.select(context.compare('less', steps, lengths), context.zip('sub', last, steps), steps);
  const batchOf = column(context, batch * time, (row) => Math.floor(row / time));
  const places = context.reshape(tuples(context, batch * time, [batchOf, turned]), [batch, time, 2]);
  const swap = shape.map((_, axis) => (axis < 2 ? 1 - axis : axis));
  const first = batchAxis === 0 ? input : context.transpose(input, swap);
  const result = context.write({ type: 'gather', attributes: { axis: 0, count: 2 } }, [first, places]);
  context.bind(batchAxis === 0 ? result : context.transpose(result, swap));
};

export const gathers: readonly (readonly [string, TranslateOperator])[] = [
  ['Gather', gather],
  ['GatherElements', gatherElements],
  ['GatherND', gatherNd],
  ['ReverseSequence', reverseSequence],
];
