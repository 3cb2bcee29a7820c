import { dtypeBytes, fromBytes, toBytes } from '../../../../tensor/dtype.ts';
import { tensorType } from '../../../../tensor/tensor.ts';
import type { TranslateOperator } from '../../context.ts';
import { computedAs, internalDtype } from '../../dtype.ts';
import { onnxDtype } from '../../format/model.ts';

/** BitCast between dtypes of equal size: whole numbers wrap around; the bits of real numbers are read of constants only. */
export const bitCast: TranslateOperator = (context) => {
  const input = context.input(0);
  const file = onnxDtype(context.int('to', 0));
  const to = file === null ? null : internalDtype(file);
  const from = input.type.dtype;
  const isNarrowed = file !== null && computedAs(file) !== null;
  if (to === null || isNarrowed) throw context.unsupported(`a bit cast to ${file ?? 'an unknown dtype'}`, 'use int32');
  if (dtypeBytes[from] !== dtypeBytes[to]) throw context.invalid(`${from} and ${to} differ in size`);
  const isWhole = (dtype: string) => !dtype.startsWith('float') && dtype !== 'bool';
  if (isWhole(from) && isWhole(to)) context.bind(context.cast(input, to));
  else if (input.tensor !== null && to !== 'bool') {
    const data = fromBytes(to, toBytes(input.tensor.data));
    context.bind(context.literal({ type: tensorType(to, input.type.shape), data }));
  } else {
    const what = `the bits of ${from} as ${to} while the model runs`;
    throw context.unsupported(what, 'do the bit cast outside of the model');
  }
};
