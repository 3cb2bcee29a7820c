import type { TranslateOperator } from '../context.ts';

/** CAST: the dtype of the output tensor counts, not the one in the options. */
export const cast: TranslateOperator = (context) => {
  context.output(0, { type: 'cast', attributes: {} }, [context.input(0)]);
};
