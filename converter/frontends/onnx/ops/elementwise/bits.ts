import { binary, constant, theVariable as x } from '../../../../ops/scalar-expression.ts';
import type { BitFunction } from '../../../../ops/zip-function.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';

/** Functions of the bits of whole numbers. */

function wholeOnly(context: OperatorContext, ...operands: readonly Operand[]): void {
  const other = operands.find(({ type }) => type.dtype.startsWith('float') || type.dtype === 'bool');
  if (other !== undefined) context.dtypeRefused(other.type.dtype, 'whole numbers');
}

const bitwise =
  (fn: BitFunction): TranslateOperator =>
  (context) => {
    const [a, b] = [context.input(0), context.input(1)];
    wholeOnly(context, a, b);
    context.bind(context.zip(fn, a, b));
  };

/** BitwiseNot: -1 - x, which wraps around to the complement without a sign too. */
const bitwiseNot: TranslateOperator = (context) => {
  const input = context.input(0);
  wholeOnly(context, input);
  context.bind(context.mapAny(input, binary('sub', constant(-1), x)));
};

const bitShift: TranslateOperator = (context) => {
  const direction = context.string('direction', '');
  if (direction !== 'LEFT' && direction !== 'RIGHT') throw context.invalid(`direction ${direction} is not known`);
  bitwise(direction === 'LEFT' ? 'shift-left' : 'shift-right')(context);
};

export const bits: readonly (readonly [string, TranslateOperator])[] = [
  ['BitwiseAnd', bitwise('and')],
  ['BitwiseOr', bitwise('or')],
  ['BitwiseXor', bitwise('xor')],
  ['BitwiseNot', bitwiseNot],
  ['BitShift', bitShift],
];
