import type { Clamp } from '../ops/definition.ts';
import { noClamp } from '../ops/definition.ts';
import type { ScalarExpression } from '../ops/scalar-expression.ts';

/** The clamp that the expression is, or null where it is more than min and max of x and constants. */
export function clampOfExpression(expression: ScalarExpression): Clamp | null {
  if (expression.kind === 'x') return noClamp;
  if (expression.kind !== 'binary' || expression.b.kind !== 'constant') return null;
  const inner = clampOfExpression(expression.a);
  if (inner === null) return null;
  const bound = expression.b.value;
  if (expression.fn === 'max') return composeClamps(inner, { min: bound, max: Number.POSITIVE_INFINITY });
  if (expression.fn === 'min') return composeClamps(inner, { min: Number.NEGATIVE_INFINITY, max: bound });
  return null;
}

/** The one clamp that equals `first`, then `second`. */
export function composeClamps(first: Clamp, second: Clamp): Clamp {
  const through = (x: number) => Math.min(Math.max(x, second.min), second.max);
  return { min: through(first.min), max: through(first.max) };
}
