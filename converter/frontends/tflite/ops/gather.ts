import { noClamp } from '../../../ops/definition.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import { tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { resolveAxis } from './axis.ts';
import { column, indicesFor, int32s, narrow, spread, tuples } from './indices.ts';

/** GATHER along one axis; with batch dimensions, where data and indices have them in common, each batch from its own data. */
export const gather: TranslateOperator = (context) => {
  const options = context.options('GatherOptions');
  const data = context.input(0);
  const { shape } = context.type(data);
  const axis = resolveAxis(context, options.axis, shape.length);
  const picked = context.type(context.input(1)).shape;
  const batchDims = options.batch_dims < 0 ? options.batch_dims + picked.length : options.batch_dims;
  if (batchDims !== 0) {
    gatherBatches(context, axis, batchDims);
    return;
  }
  const indices = indicesFor(context, 1, [...picked, 1], [dimension(shape, axis)]);
  context.output(0, { type: 'gather', attributes: { axis, count: 1 } }, [data, indices]);
};

/** Data [B..., A..., D, C...] by indices [B..., I...]: [B..., A..., I..., C...], as tuples of batch, place in A, and index. */
function gatherBatches(context: OperatorContext, axis: number, batchDims: number): void {
  const data = context.input(0);
  const { shape } = context.type(data);
  const picked = context.type(context.input(1)).shape;
  const shared = shape.slice(0, batchDims);
  if (batchDims < 0 || batchDims > axis || shared.some((size, i) => size !== picked[i])) {
    throw context.invalid(`${batchDims} batch dimensions do not fit ${shape.join('x')} and ${picked.join('x')}`);
  }
  const [batches, between] = [elementCount(shared), elementCount(shape.slice(batchDims, axis))];
  const each = elementCount(picked.slice(batchDims));
  const indices = indicesFor(context, 1, [batches, 1, each], [dimension(shape, axis)]);
  const rows = batches * between * each;
  const batchOf = column(context, rows, (row) => Math.floor(row / (between * each)));
  const partOf = column(context, rows, (row) => Math.floor(row / each) % between);
  const places = tuples(context, rows, [batchOf, partOf, spread(context, indices, [batches, between, each])]);
  const rest = shape.slice(axis + 1);
  const view = context.reshape(data, [batches, between, dimension(shape, axis), ...rest]);
  const type = context.outputType(0);
  const { name } = context.outputTensor(0);
  const op = { type: 'gather', attributes: { axis: 0, count: 3 } } as const;
  const rowsOfResult = context.node(op, [view, places], type, name);
  context.bind(0, context.reshape(rowsOfResult, [...shape.slice(0, axis), ...picked.slice(batchDims), ...rest]));
}

/** GATHER_ND: the last axis of the indices counts along the first axes of the data. */
export const gatherNd: TranslateOperator = (context) => {
  const data = context.input(0);
  const { shape } = context.type(data);
  const places = context.type(context.input(1)).shape;
  const count = places.at(-1) ?? 0;
  if (count < 1 || count > shape.length) throw context.invalid(`${count} indices do not fit ${shape.join('x')}`);
  const indices = indicesFor(context, 1, places, shape.slice(0, count));
  context.output(0, { type: 'gather', attributes: { axis: 0, count } }, [data, indices]);
};

/** EMBEDDING_LOOKUP: rows of a table. */
export const embeddingLookup: TranslateOperator = (context) => {
  const table = context.input(1);
  const { shape, dtype } = context.type(table);
  const ids = context.type(context.input(0)).shape;
  if (ids.length !== 1 || shape.length < 2) throw context.invalid(`rows of ${shape.join('x')} by ${ids.join('x')}`);
  if (dtype !== context.outputType(0).dtype) {
    throw context.unsupported(
      `rows of ${dtype} as ${context.outputType(0).dtype} are not supported`,
      'use a float table',
    );
  }
  const indices = indicesFor(context, 0, [...ids, 1], [dimension(shape, 0)]);
  context.output(0, { type: 'gather', attributes: { axis: 0, count: 1 } }, [table, indices]);
};

/** REVERSE_SEQUENCE: the first elements of each sequence backwards, as many as its length says, the rest as they are. */
export const reverseSequence: TranslateOperator = (context) => {
  const options = context.options('ReverseSequenceOptions');
  const input = context.input(0);
  const type = context.type(input);
  const { shape } = type;
  const [timeAxis, batchAxis] = [
    resolveAxis(context, options.seq_dim, shape.length),
    resolveAxis(context, options.batch_dim, shape.length),
  ];
  if (timeAxis === batchAxis) throw context.invalid('sequences and batches share an axis');
  const [batch, time] = [dimension(shape, batchAxis), dimension(shape, timeAxis)];
  const { name } = context.outputTensor(0);
  const whole = tensorType('int32', []);
  const lengths = context.reshape(narrow(context, context.input(1)), [batch, 1]);
  const steps = int32s(
    context,
    `${name}/steps`,
    [1, time],
    column(context, time, (t) => t),
  );
  const minus = { type: 'zip', attributes: { fn: 'sub', clamp: noClamp } } as const;
  const one = int32s(context, `${name}/one`, [], [1]);
  const last = context.node(minus, [lengths, one], whole, `${name}/last`);
  const turned = context.node(minus, [last, steps], whole, `${name}/turned`);
  const less = { type: 'compare', attributes: { relation: 'less' } } as const;
  const inside = context.node(less, [steps, lengths], tensorType('bool', []), `${name}/inside`);
  const along = context.node({ type: 'select', attributes: {} }, [inside, turned, steps], whole, `${name}/along`);
  const batchOf = column(context, batch * time, (row) => Math.floor(row / time));
  const places = context.reshape(tuples(context, batch * time, [batchOf, along]), [batch, time, 2]);
  const order = [batchAxis, timeAxis, ...shape.keys()].filter((axis, i, all) => all.indexOf(axis) === i);
  const back = [...shape.keys()].map((axis) => order.indexOf(axis));
  const moved = context.node({ type: 'transpose', attributes: { permutation: order } }, [input], type, `${name}/moved`);
  const gathered = context.node(
    { type: 'gather', attributes: { axis: 0, count: 2 } },
    [moved, places],
    type,
    `${name}/reversed`,
  );
  context.output(0, { type: 'transpose', attributes: { permutation: back } }, [gathered]);
};
