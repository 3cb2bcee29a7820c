import type { TranslateOperator } from '../context.ts';

export const transpose: TranslateOperator = (context) => {
  const permutation = context.integers(1, 'the permutation');
  context.output(0, { type: 'transpose', attributes: { permutation } }, [context.input(0)]);
};
