import { binary, constant, theVariable as x } from '../../../../ops/scalar-expression.ts';
import { elementCount } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';

/**
 * Clip: bounds are attributes before operator set 11, inputs after; where the lower one is above the upper one, the upper one holds.
 * Constant bounds of real numbers are one `map`, which may become the clamp of the operator before it.
 */
export const clip: TranslateOperator = (context) => {
  const input = context.input(0);
  const [low, high] = [bound(context, 1, 'min'), bound(context, 2, 'max')];
  const isConstant = [low, high].every((operand) => operand === null || operand.tensor !== null);
  if (isConstant && input.type.dtype === 'float32') {
    const lower = limit(low, Number.NEGATIVE_INFINITY);
    const upper = limit(high, Number.POSITIVE_INFINITY);
    const raised = lower === Number.NEGATIVE_INFINITY ? x : binary('max', x, constant(lower));
    context.bind(
      context.map(input, upper === Number.POSITIVE_INFINITY ? raised : binary('min', raised, constant(upper))),
    );
    return;
  }
  const raised = low === null ? input : context.zip('max', input, low);
  context.bind(high === null ? raised : context.zip('min', raised, high));
};

/** A bound as a scalar of the dtype of the input, or null where there is none. */
function bound(context: OperatorContext, index: number, name: string): Operand | null {
  const { dtype } = context.input(0).type;
  if (context.opset < 11) {
    return context.hasAttribute(name) ? context.scalar(dtype, context.float(name, 0)) : null;
  }
  const operand = context.optional(index);
  if (operand === null) return null;
  const count = elementCount(operand.type.shape);
  if (count !== 1) throw context.invalid(`${name} has ${count} elements`);
  return context.reshape(operand, []);
}

function limit(operand: Operand | null, none: number): number {
  return Number(operand?.tensor?.data[0] ?? none);
}
