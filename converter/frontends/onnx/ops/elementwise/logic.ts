import type { Comparison } from '../../../../ops/compare.ts';
import { unary, theVariable as x } from '../../../../ops/scalar-expression.ts';
import { broadcastShapes, type Shape } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { aligned } from './aligned.ts';

/** Operators that give or take bools. */

function pair(context: OperatorContext): [Operand, Operand] {
  const [a, b] = [context.input(0), context.input(1)];
  return [a, aligned(context, a, b)];
}

const comparison =
  (relation: Comparison): TranslateOperator =>
  (context) =>
    context.bind(context.compare(relation, ...pair(context)));

const bools =
  (fn: 'and' | 'or' | 'xor'): TranslateOperator =>
  (context) => {
    const [a, b] = pair(context);
    boolOnly(context, a, b);
    context.bind(context.zip(fn, a, b));
  };

function boolOnly(context: OperatorContext, ...operands: readonly Operand[]): void {
  const other = operands.find(({ type }) => type.dtype !== 'bool');
  if (other !== undefined) context.dtypeRefused(other.type.dtype, 'bool');
}

/** Not: a bool that equals false. */
const not: TranslateOperator = (context) => {
  const input = context.input(0);
  boolOnly(context, input);
  context.bind(context.compare('equal', input, context.scalar('bool', 0)));
};

/** IsNaN: what does not equal itself. */
const isNotANumber: TranslateOperator = (context) => {
  const input = context.input(0);
  context.realOnly(input);
  context.bind(context.compare('not-equal', input, input));
};

/** IsInf: one infinity or both. */
const isInf: TranslateOperator = (context) => {
  const input = context.input(0);
  context.realOnly(input);
  const { dtype } = input.type;
  const [negative, positive] = [context.int('detect_negative', 1) !== 0, context.int('detect_positive', 1) !== 0];
  const infinity = context.scalar(dtype, positive ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY);
  // A number is never above infinity, which is what asking for neither means.
  if (!negative && !positive) context.bind(context.compare('less', input, infinity));
  else if (negative && positive) context.bind(context.compare('equal', context.map(input, unary('abs', x)), infinity));
  else context.bind(context.compare('equal', input, infinity));
};

/** Where: a constant condition that is the same everywhere selects an operand as it is. */
const where: TranslateOperator = (context) => {
  const [condition, yes, no] = [context.input(0), context.input(1), context.input(2)];
  const shape = [yes, no].reduce<Shape | null>(
    (joined, { type }) => joined && broadcastShapes(joined, type.shape),
    condition.type.shape,
  );
  const data = condition.tensor?.data ?? null;
  const first = data?.[0];
  const chosen = first === 0 ? no : yes;
  const same = data !== null && data.length > 0 && Array.from(data, Number).every((element) => element === first);
  const asItIs = same && yes.type.dtype === no.type.dtype && shape?.join() === chosen.type.shape.join();
  context.bind(asItIs ? chosen : context.select(condition, yes, no));
};

export const logic: readonly (readonly [string, TranslateOperator])[] = [
  ['Equal', comparison('equal')],
  ['Less', comparison('less')],
  ['LessOrEqual', comparison('less-equal')],
  ['Greater', comparison('greater')],
  ['GreaterOrEqual', comparison('greater-equal')],
  ['And', bools('and')],
  ['Or', bools('or')],
  ['Xor', bools('xor')],
  ['Not', not],
  ['IsNaN', isNotANumber],
  ['IsInf', isInf],
  ['Where', where],
];
