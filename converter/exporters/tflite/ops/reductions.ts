import type { Node } from '../../../ir/graph.ts';
import type { OperatorWriter } from '../operator-writer.ts';

const reducers = { mean: 'MEAN', sum: 'SUM', max: 'REDUCE_MAX', min: 'REDUCE_MIN', product: 'REDUCE_PROD' } as const;

export function reduce(writer: OperatorWriter, { attributes }: Node<'reduce'>['op']): void {
  const { kind, axes, keepDims } = attributes;
  writer.whole(reducers[kind], [writer.input(0), writer.integers('axes', axes)], {
    type: 'ReducerOptions',
    value: { keep_dims: keepDims },
  });
}

export function softmax(writer: OperatorWriter, { attributes }: Node<'softmax'>['op']): void {
  writer.whole('SOFTMAX', [writer.input(0)], { type: 'SoftmaxOptions', value: { beta: attributes.beta } });
}

export function logSoftmax(writer: OperatorWriter): void {
  writer.whole('LOG_SOFTMAX', [writer.input(0)], { type: 'LogSoftmaxOptions', value: {} });
}

export function argReduce(writer: OperatorWriter, { attributes }: Node<'arg-reduce'>['op']): void {
  const { kind, axis } = attributes;
  const output_type = writer.outputType().dtype === 'int64' ? 'INT64' : 'INT32';
  const [code, type] =
    kind === 'max' ? (['ARG_MAX', 'ArgMaxOptions'] as const) : (['ARG_MIN', 'ArgMinOptions'] as const);
  writer.whole(code, [writer.input(0), writer.integers('axis', [axis])], { type, value: { output_type } });
}

export function topK(writer: OperatorWriter, { attributes }: Node<'top-k'>['op']): void {
  const { k, axis, largest } = attributes;
  const isLast = axis === writer.inputType(0).shape.length - 1;
  if (!largest || !isLast) writer.refuse('only the largest elements of the last axis have an operator in TFLite');
  // The values come first; the graph has the places only.
  const values = writer.between('values', { ...writer.inputType(0), shape: writer.outputType().shape });
  const operands = [writer.input(0), writer.integers('k', [k])];
  writer.operator('TOPK_V2', operands, [values, writer.output()], { type: 'TopKV2Options', value: {} });
}

export function cumulative(writer: OperatorWriter, { attributes }: Node<'cumulative'>['op']): void {
  const { kind, axis, exclusive, reverse } = attributes;
  if (kind !== 'sum') writer.refuse('cumulative products have no operator in TFLite');
  writer.whole('CUMSUM', [writer.input(0), writer.integers('axis', [axis])], {
    type: 'CumsumOptions',
    value: { exclusive, reverse },
  });
}
