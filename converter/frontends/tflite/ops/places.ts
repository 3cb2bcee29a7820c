import type { DType } from '../../../tensor/dtype.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import { tensorType, zeros } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { axisInput } from './axis.ts';
import { column, tuples } from './indices.ts';

/** TOPK_V2: the largest elements of the last axis in order, of equal ones the first, and their places. */
export const topK: TranslateOperator = (context) => {
  const input = context.input(0);
  const type = context.type(input);
  const { shape } = type;
  if (context.builder.constantOf(context.input(1)) === null) throw dependsOnData(context, 'k');
  const [k = 0, ...more] = context.integers(1, 'k');
  if (shape.length === 0 || more.length > 0) throw context.invalid('it takes one axis and one k');
  const attributes = { k, axis: shape.length - 1, largest: true };
  const { name } = context.outputTensor(1);
  const found = context.node({ type: 'top-k', attributes }, [input], tensorType('int32', []), name);
  const { dtype } = context.outputType(1);
  if (dtype === 'int32') context.bind(1, found);
  else context.output(1, { type: 'cast', attributes: {} }, [found]);
  const length = dimension(shape, -1);
  const outer = elementCount(shape) / length;
  const rows = outer * k;
  const rowOf = column(context, rows, (row) => Math.floor(row / k));
  const places = tuples(context, rows, outer === 1 ? [found] : [rowOf, found]);
  const view = context.reshape(input, outer === 1 ? [length] : [outer, length]);
  const op = { type: 'gather', attributes: { axis: 0, count: outer === 1 ? 1 : 2 } } as const;
  const values = context.node(op, [view, places], context.outputType(0), `${context.outputTensor(0).name}/values`);
  context.output(0, { type: 'reshape', attributes: { shape: shape.with(-1, k) } }, [values]);
};

/** CUMSUM along a constant axis. */
export const cumsum: TranslateOperator = (context) => {
  const { exclusive, reverse } = context.options('CumsumOptions');
  const input = context.input(0);
  const axis = axisInput(context, 1, context.type(input).shape.length);
  context.output(0, { type: 'cumulative', attributes: { kind: 'sum', axis, exclusive, reverse } }, [input]);
};

/** WHERE of one operand: the indices of all true elements, whose number must be known. */
export const where: TranslateOperator = (context) => {
  const condition = context.builder.constantOf(context.input(0));
  if (condition === null) throw dependsOnData(context, 'the condition');
  const { shape } = condition.type;
  const places = Array.from<number | bigint, number>(condition.data, Number).flatMap((value, i) =>
    value === 0 ? [] : [i],
  );
  if (places.length === 0) throw context.invalid('its result has no elements');
  const rows = places.flatMap((place) =>
    shape.map((size, axis) => Math.floor(place / elementCount(shape.slice(axis + 1))) % size),
  );
  const type = tensorType('int64', [places.length, shape.length]);
  context.bind(
    0,
    context.builder.constant(context.outputTensor(0).name, { type, data: BigInt64Array.from(rows, BigInt) }),
  );
};

function dependsOnData(context: OperatorContext, role: string) {
  return context.problem(
    'tflite-not-constant',
    `the shape of its result depends on ${role}, which is computed at run time`,
    'export the model with a constant there, or cut it before this operator',
  );
}

/** UNIQUE of a constant: its distinct elements in the order in which they come first, and which of them each element is. */
export const unique: TranslateOperator = (context) => {
  const input = context.builder.constantOf(context.input(0));
  if (input === null) throw dependsOnData(context, 'its input');
  const elements = Array.from<number | bigint>(input.data);
  const distinct = [...new Set(elements)];
  const placeOf = new Map(distinct.map((element, i) => [element, i]));
  const places = elements.map((element) => placeOf.get(element) ?? 0);
  const typed = (index: number, dtype: DType, values: readonly (number | bigint)[]) => {
    const tensor = zeros(tensorType(dtype, [values.length], context.outputType(index).quantization));
    values.forEach((value, i) => {
      tensor.data[i] = tensor.data instanceof BigInt64Array ? BigInt(value) : Number(value);
    });
    context.bind(index, context.builder.constant(context.outputTensor(index).name, tensor));
  };
  typed(0, input.type.dtype, distinct);
  typed(1, context.outputType(1).dtype, places);
};
