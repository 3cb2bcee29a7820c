import type { TranslateOperator } from '../context.ts';

export const softmax: TranslateOperator = (context) => {
  const { beta } = context.options('SoftmaxOptions');
  if (!(Number.isFinite(beta) && beta > 0)) throw context.invalid(`beta is ${beta}, expected a positive number`);
  context.output(0, { type: 'softmax', attributes: { beta } }, [context.input(0)]);
};

export const logSoftmax: TranslateOperator = (context) => {
  context.output(0, { type: 'log-softmax', attributes: {} }, [context.input(0)]);
};
