import { shapesEqual } from '../../../../tensor/shape.ts';
import type { OperatorContext } from '../../context.ts';
import type { Operand } from '../../writer.ts';

/** Before operator set 7 the second operand lies along the axes of the first one from `axis` on, by default the last ones. */
export function aligned(context: OperatorContext, a: Operand, b: Operand): Operand {
  if (context.opset >= 7) return b;
  const broadcast = context.int('broadcast', 0) !== 0;
  const [rank, own] = [a.type.shape.length, b.type.shape.length];
  const given = context.int('axis', rank - own);
  const axis = given < 0 ? given + rank : given;
  if (!broadcast && !shapesEqual(a.type.shape, b.type.shape))
    throw context.invalid('the shapes of its operands differ');
  if (!broadcast || axis + own > rank || axis < 0) return b;
  return context.reshape(b, [...b.type.shape, ...new Array<number>(rank - own - axis).fill(1)]);
}
