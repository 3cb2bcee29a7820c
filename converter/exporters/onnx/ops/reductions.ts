import type { Node } from '../../../ir/graph.ts';
import { int, ints } from '../encode.ts';
import { axisIn, type Layout } from '../layout.ts';
import type { OperatorWriter } from '../operator-writer.ts';

/** Operators with the version from which on their axes are an operand. */
const reducers = {
  mean: ['ReduceMean', 18],
  sum: ['ReduceSum', 13],
  max: ['ReduceMax', 18],
  min: ['ReduceMin', 18],
  product: ['ReduceProd', 18],
} as const;

export function reduce(writer: OperatorWriter, { attributes }: Node<'reduce'>['op']): void {
  const { kind, keepDims } = attributes;
  const layout = reductionLayout(writer, attributes.axes, keepDims);
  const axes = attributes.axes.map((axis) => axisIn(layout, axis)).sort((a, b) => a - b);
  const [opType, since] = reducers[kind];
  const asOperand = writer.opset >= since;
  // Truth values have no reductions before operator set 20.
  const isTruth = writer.inputType(0).dtype === 'bool';
  const given = writer.input(0, layout);
  const input = isTruth ? writer.cast(given, 'int32') : given;
  const operands = asOperand ? [input, writer.integers('axes', axes)] : [input];
  const { dtype, shape } = writer.typeOf(input);
  const kept = shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [size]));
  const result = writer.operator(
    opType,
    operands,
    { dtype, shape: kept },
    { keepdims: int(keepDims ? 1 : 0), ...(asOperand ? {} : { axes: ints(axes) }) },
  );
  const found = isTruth ? writer.cast(result, 'bool') : result;
  if (keepDims) writer.result(found, layout);
  else writer.result(writer.reshape(found, writer.outputType().shape));
}

/** Channels first where the axes that stay are in the order of the graph all the same. */
function reductionLayout(writer: OperatorWriter, axes: readonly number[], keepDims: boolean): Layout {
  const { shape } = writer.inputType(0);
  if (shape.length !== 4) return 'plain';
  const stays = (axis: number) => !axes.includes(axis) && shape[axis] !== 1;
  if (!keepDims && stays(3) && (stays(1) || stays(2))) return 'plain';
  return writer.inputLayout();
}

export function softmax(writer: OperatorWriter, { attributes }: Node<'softmax'>['op']): void {
  const { beta } = attributes;
  if (beta !== 1 && writer.isQuantized) {
    writer.refuse(`the factor ${beta} on integers has no form in ONNX`, 'export the layer with beta=1');
  }
  const input = writer.input(0);
  const type = writer.realType();
  const scaled = beta === 1 ? input : writer.operator('Mul', [input, writer.number('beta', type.dtype, beta)], type);
  writer.result(writer.operator('Softmax', [scaled], type, { axis: int(-1) }));
}

export function logSoftmax(writer: OperatorWriter): void {
  writer.result(writer.operator('LogSoftmax', [writer.input(0)], writer.realType(), { axis: int(-1) }));
}

/** The order of stored integers is that of their real numbers. */
export function argReduce(writer: OperatorWriter, { attributes }: Node<'arg-reduce'>['op']): void {
  const { kind, axis } = attributes;
  const { shape } = writer.outputType();
  const opType = kind === 'max' ? 'ArgMax' : 'ArgMin';
  const places = writer.operator(
    opType,
    [writer.input(0)],
    { dtype: 'int64', shape },
    { axis: int(axis), keepdims: int(0) },
  );
  writer.result(writer.cast(places, writer.outputType().dtype));
}

export function topK(writer: OperatorWriter, { attributes }: Node<'top-k'>['op']): void {
  const { k, axis, largest } = attributes;
  const { shape } = writer.outputType();
  const input = writer.input(0);
  const types = [
    { dtype: writer.typeOf(input).dtype, shape },
    { dtype: 'int64', shape },
  ] as const;
  const options = { axis: int(axis), largest: int(largest ? 1 : 0), sorted: int(1) };
  const [, places = input] = writer.operatorOfMany('TopK', [input, writer.integers('k', [k])], types, options);
  writer.result(writer.cast(places, 'int32'));
}

export function cumulative(writer: OperatorWriter, { attributes }: Node<'cumulative'>['op']): void {
  const { kind, axis, exclusive, reverse } = attributes;
  if (kind !== 'sum') writer.refuse('cumulative products have no operator in this version of ONNX');
  const operands = [writer.input(0), writer.number('axis', 'int64', axis)];
  writer.result(
    writer.operator('CumSum', operands, writer.realType(), {
      exclusive: int(exclusive ? 1 : 0),
      reverse: int(reverse ? 1 : 0),
    }),
  );
}
