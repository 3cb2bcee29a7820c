import type { TranslateOperator } from '../context.ts';

/** QUANTIZE: from float32, or from one quantized type to another. */
export const quantize: TranslateOperator = (context) => {
  const input = context.input(0);
  const type = context.type(input).dtype === 'float32' ? 'quantize' : 'requantize';
  context.output(0, { type, attributes: {} }, [input]);
};

export const dequantize: TranslateOperator = (context) => {
  context.output(0, { type: 'dequantize', attributes: {} }, [context.input(0)]);
};
