import type { Op } from '../../../ops/op.ts';
import { dimension } from '../../../tensor/shape.ts';
import { tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { layerActivation, sequenceOf, stateInput } from './lstm-operands.ts';

/** UNIDIRECTIONAL_SEQUENCE_RNN in float32: h' = f(W x + R h + b). */
export const unidirectionalSequenceRnn: TranslateOperator = (context) => {
  const { fused_activation_function: activation, time_major: timeMajor } = context.options('SequenceRNNOptions');
  translate(context, activation, timeMajor);
};

/** RNN: one step of the same layer. */
export const rnn: TranslateOperator = (context) => {
  translate(context, context.options('RNNOptions').fused_activation_function, true);
};

function translate(context: OperatorContext, activation: string, timeMajor: boolean): void {
  const sequence = sequenceOf(context, timeMajor);
  const operands = [sequence.input, context.input(1), context.input(2), context.input(3)];
  const dtypes = operands.map((id) => context.type(id).dtype).join(' ');
  if (dtypes !== 'float32 float32 float32 float32') {
    throw context.unsupported(
      `a layer of ${dtypes} (data, weights, recurrent weights, bias) is not supported`,
      'use float32',
    );
  }
  const units = context.type(operands[3] ?? sequence.input).shape.at(-1) ?? 1;
  const batch = dimension(context.type(sequence.input).shape, 1);
  const hidden = stateInput(context, 4, [batch, units]);
  const op: Op = {
    type: 'recurrent',
    attributes: {
      ...{ cell: 'rnn', activations: [layerActivation(context, activation)], linearBeforeReset: false, reverse: false },
      ...{ clip: Number.POSITIVE_INFINITY, cellClip: Number.POSITIVE_INFINITY },
    },
  };
  const { name } = context.outputTensor(0);
  const like = tensorType('float32', []);
  const [all, last] = context.nodeOfMany(op, [...operands, hidden], [like, like], [`${name}/all`, `${name}/hidden`]);
  if (all === undefined || last === undefined) throw context.invalid('it has no result');
  context.assignVariable(4, last);
  sequence.bind(all);
}
