import { binary, constant, type ScalarExpression, unary, theVariable as x } from '../../../../ops/scalar-expression.ts';
import { elementCount } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { aligned } from './aligned.ts';

/** Powers that are a short product or root. */
const powers: ReadonlyMap<number, ScalarExpression> = new Map([
  [1, x],
  [2, unary('square', x)],
  [3, binary('mul', x, unary('square', x))],
  [4, unary('square', unary('square', x))],
  [0.5, unary('sqrt', x)],
  [-0.5, unary('rsqrt', x)],
  [-1, binary('div', constant(1), x)],
]);

/** Pow: the result has the dtype of the base. */
export const pow: TranslateOperator = (context) => {
  const base = context.input(0);
  const exponent = aligned(context, base, context.input(1));
  const short = base.type.dtype === 'float32' ? shortPower(base, exponent) : null;
  if (short !== null) context.bind(context.map(base, short));
  else context.bind(context.zip('pow', base, exponentLike(context, base, exponent)));
};

/** The expression for an exponent of one element that does not make the result larger; null for any other. */
function shortPower(base: Operand, { tensor, type }: Operand): ScalarExpression | null {
  const isOne = tensor !== null && elementCount(type.shape) === 1 && type.shape.length <= base.type.shape.length;
  if (!isOne || type.dtype === 'float16') return null;
  return powers.get(Number(tensor.data[0])) ?? null;
}

/** The exponent in the dtype of the base. Whole bases take real exponents only where these are known to be whole. */
function exponentLike(context: OperatorContext, base: Operand, exponent: Operand): Operand {
  const { dtype } = base.type;
  if (dtype.startsWith('float') || !exponent.type.dtype.startsWith('float')) return context.cast(exponent, dtype);
  const { data, type } = context.constantOf(
    exponent,
    `the exponent of ${dtype} numbers, which is ${exponent.type.dtype},`,
  );
  const fraction = Array.from(data, Number).find((value) => !Number.isInteger(value));
  if (type.dtype === 'float16' || fraction !== undefined) {
    throw context.unsupported(`${dtype} to the power of ${fraction ?? 'float16'}`, 'cast the base to float32');
  }
  return context.cast(exponent, dtype);
}
