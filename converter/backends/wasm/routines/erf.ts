import { type Expr, type FunctionBuilder, f32x4, type Local, v128 } from '../assembler/index.ts';
import { emitExp } from './transcendental.ts';

const splat = (value: number): Expr<'v128'> => v128.const('f32x4', [value, value, value, value]);

/** Coefficients of the highest power first. */
function polynomial(x: Local<'v128'>, coefficients: readonly number[]): Expr<'v128'> {
  const [first = 0, ...rest] = coefficients;
  return rest.reduce((sum, coefficient) => f32x4.add(f32x4.mul(sum, x), splat(coefficient)), splat(first));
}

/** erf(x) / x for |x| <= 1 by powers of x², to 2e-9 relative; least squares, weighted towards equal errors. */
const near = [
  7.853846909711137e-5, -8.010189631022513e-4, 5.18832728266716e-3, -2.6853810995817184e-2, 0.1128358542919159,
  -0.3761262595653534, 1.1283791065216064,
];

/** exp(x²) erfc(x) for x >= 1 by powers of 1 / (1 + x/2); exp(-x²) times its error is below 2e-8. */
const far = [
  -4.7828033566474915e-2, 0.7448312044143677, -7.992368936538696e-2, 0.3995969891548157, -1.453603245317936e-2,
];

/** erf of each lane, in place, to about 1e-7; NaN stays NaN. */
export function emitErf(f: FunctionBuilder, x: Local<'v128'>): void {
  const [square, size, inner, outer] = [f.local('v128'), f.local('v128'), f.local('v128'), f.local('v128')];
  f.set(square, f32x4.mul(x, x));
  f.set(size, f32x4.abs(x));
  f.set(inner, f32x4.div(splat(1), f32x4.add(splat(1), f32x4.mul(size, splat(0.5)))));
  f.set(outer, polynomial(inner, far));
  f.set(inner, f32x4.neg(square));
  emitExp(f, inner);
  f.set(outer, f32x4.sub(splat(1), f32x4.mul(outer, inner)));
  f.set(outer, v128.or(outer, v128.and(x, v128.const('i32x4', [0x80000000, 0x80000000, 0x80000000, 0x80000000]))));
  f.set(inner, f32x4.mul(x, polynomial(square, near)));
  f.set(x, v128.bitselect(outer, inner, f32x4.gt(size, splat(1))));
  f.free(square, size, inner, outer);
}
