import type { ValueId } from '../../../ir/graph.ts';
import type { Comparison } from '../../../ops/compare.ts';
import { tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';

function comparison(relation: Comparison): TranslateOperator {
  return (context) => {
    context.output(0, { type: 'compare', attributes: { relation } }, [context.input(0), context.input(1)]);
  };
}

export const equal = comparison('equal');
export const notEqual = comparison('not-equal');
export const less = comparison('less');
export const lessEqual = comparison('less-equal');
export const greater = comparison('greater');
export const greaterEqual = comparison('greater-equal');

const selectOp = { type: 'select', attributes: {} } as const;

/** SELECT_V2: all three operands are repeated as NumPy does. */
export const selectV2: TranslateOperator = (context) => {
  context.output(0, selectOp, [context.input(0), context.input(1), context.input(2)]);
};

/** SELECT: both sides have one shape, which the condition has too, or its first axis, or it is one element. */
export const select: TranslateOperator = (context) => {
  const condition = context.input(0);
  const { shape } = context.type(context.input(1));
  const own = context.type(condition).shape;
  const rows = own.length === 1 && shape.length > 1 && own[0] === shape[0];
  const view = rows ? context.reshape(condition, [...own, ...shape.slice(1).map(() => 1)]) : condition;
  context.output(0, selectOp, [view, context.input(1), context.input(2)]);
};

/** A bool constant of one element. */
function truth(context: OperatorContext, value: 0 | 1): ValueId {
  const type = tensorType('bool', []);
  return context.builder.constant(value === 1 ? 'true' : 'false', { type, data: Uint8Array.of(value) });
}

/** a && b = a ? b : false */
export const logicalAnd: TranslateOperator = (context) => {
  context.output(0, selectOp, [context.input(0), context.input(1), truth(context, 0)]);
};

/** a || b = a ? true : b */
export const logicalOr: TranslateOperator = (context) => {
  context.output(0, selectOp, [context.input(0), truth(context, 1), context.input(1)]);
};

/** !a = a ? false : true */
export const logicalNot: TranslateOperator = (context) => {
  context.output(0, selectOp, [context.input(0), truth(context, 0), truth(context, 1)]);
};
