import type { Node } from '../../../ir/graph.ts';
import { type Cell, cellGates } from '../../../ops/recurrent.ts';
import type { ScalarExpression } from '../../../ops/scalar-expression.ts';
import { dimension } from '../../../tensor/shape.ts';
import { tensorType } from '../../../tensor/tensor.ts';
import { float, int, text, texts } from '../encode.ts';
import type { Ref } from '../file-writer.ts';
import type { OperatorWriter } from '../operator-writer.ts';

const operators: { readonly [C in Cell]: string } = { lstm: 'LSTM', gru: 'GRU', rnn: 'RNN' };

/** One direction of LSTM, GRU or RNN; gates stand in the order of the graph. */
export function recurrent(writer: OperatorWriter, { attributes }: Node<'recurrent'>['op']): void {
  const { cell, activations, clip, cellClip, reverse, linearBeforeReset } = attributes;
  if (Number.isFinite(cellClip)) writer.refuse('a limit of the cell state has no form in ONNX');
  const [steps = 1, batch = 1, units = 1] = writer.outputType().shape;
  const single = (i: number) => writer.reshape(writer.input(i), [1, ...writer.inputType(i).shape]);
  const states = writer.node.inputs.slice(4).map((_, i) => single(4 + i));
  const operands = [writer.input(0), single(1), single(2), biasOf(writer, cell, linearBeforeReset), null, ...states];
  const types = [[steps, 1, batch, units], ...states.map(() => [1, batch, units])].map((shape) => ({
    dtype: 'float32' as const,
    shape,
  }));
  const results = writer.operatorOfMany(operators[cell], operands, types, {
    hidden_size: int(units),
    direction: text(reverse ? 'reverse' : 'forward'),
    activations: texts(activations.map((expression) => activationName(writer, expression))),
    ...(Number.isFinite(clip) ? { clip: float(clip) } : {}),
    ...(cell === 'gru' ? { linear_before_reset: int(linearBeforeReset ? 1 : 0) } : {}),
  });
  results.forEach((result, i) => {
    writer.result(writer.reshape(result, writer.outputType(i).shape), 'plain', i);
  });
}

function activationName(writer: OperatorWriter, expression: ScalarExpression): string {
  if (expression.kind === 'unary' && expression.of.kind === 'x') {
    if (expression.fn === 'logistic') return 'Sigmoid';
    if (expression.fn === 'tanh') return 'Tanh';
  }
  const isRelu =
    expression.kind === 'binary' &&
    expression.fn === 'max' &&
    expression.a.kind === 'x' &&
    expression.b.kind === 'constant' &&
    expression.b.value === 0;
  return isRelu ? 'Relu' : writer.refuse('only Sigmoid, Tanh and Relu are written as functions of recurrent layers');
}

/** Both halves of the bias [1, 2 * gates * H]: the second one is zeros but for what a gru adds to its last gate before the reset. */
function biasOf(writer: OperatorWriter, cell: Cell, linear: boolean): Ref {
  const constant = writer.constantInput(3);
  if (constant === null) writer.refuse('its bias is computed', 'make it constant');
  const units = dimension(writer.outputType().shape, -1);
  const half = cellGates[cell].gates * units;
  const data = new Float32Array(2 * half);
  const given = Float32Array.from(constant.data, Number);
  data.set(given.subarray(0, half));
  if (cell === 'gru' && linear) data.set(given.subarray(half, half + units), half + 2 * units);
  return writer.constant('bias', { type: tensorType('float32', [1, 2 * half]), data });
}
