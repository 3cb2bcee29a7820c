import { type Expr, type FunctionBuilder, f32x4, type Local, type Operand, v128 } from '../assembler/index.ts';
import { isRelaxed, type Variant } from '../variant.ts';

/** sum + a * b per lane: rounded once where the variant has relaxed instructions and the processor a fused one, else twice. */
export function multiplyAdd(
  variant: Variant,
  sum: Operand<'v128'>,
  a: Operand<'v128'>,
  b: Operand<'v128'>,
): Expr<'v128'> {
  return isRelaxed(variant) ? f32x4.relaxed_madd(a, b, sum) : f32x4.add(sum, f32x4.mul(a, b));
}

/** Which bounds a clamp has: code for the others is left out. */
export type Bounds = 'none' | 'low' | 'both';

/** The bounds that results must be held in. */
export function boundsOf({ min, max }: { readonly min: number; readonly max: number }): Bounds {
  if (max !== Number.POSITIVE_INFINITY) return 'both';
  return min === Number.NEGATIVE_INFINITY ? 'none' : 'low';
}

/** Lower and upper bound in all lanes, as far as there are any. */
export interface BoundVectors {
  readonly low: Local<'v128'> | null;
  readonly high: Local<'v128'> | null;
}

/** Puts the bounds into vectors. */
export function emitBounds(
  f: FunctionBuilder,
  { min, max }: { readonly min: Local<'f32'>; readonly max: Local<'f32'> },
  bounds: Bounds,
): BoundVectors {
  const splat = (value: Local<'f32'>, name: string) => {
    const vector = f.local('v128', name);
    f.set(vector, f32x4.splat(value));
    return vector;
  };
  return {
    low: bounds === 'none' ? null : splat(min, 'low'),
    high: bounds === 'both' ? splat(max, 'high') : null,
  };
}

/** min(max(value, low), high) per lane; pmax and pmin are single instructions where min and max are not. */
export function bounded(
  value: Expr<'v128'> | Local<'v128'>,
  { low, high }: BoundVectors,
): Expr<'v128'> | Local<'v128'> {
  const raised = low === null ? value : f32x4.pmax(value, low);
  return high === null ? raised : f32x4.pmin(raised, high);
}

/** Four zeros. */
export const zeroLanes = v128.const('f32x4', [0, 0, 0, 0]);
