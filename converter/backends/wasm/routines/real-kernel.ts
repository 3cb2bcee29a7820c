import { type Expr, type FunctionBuilder, f64, i64, type Local, select } from '../assembler/index.ts';
import type { Library, Routine } from '../routine.ts';

/*
 * exp, log and their kin in float64, to about 1e-14 relative: far beyond the float32 that their results are rounded to. Series are
 * Taylor's, cut where the next term is below that.
 */

/** A function of one float64. */
export type RealRoutine = Routine<null, { readonly x: 'f64' }, readonly ['f64']>;

/** A function of one float64 that leaves its result on the stack. */
export function realRoutine(
  name: string,
  emit: (f: FunctionBuilder, x: Local<'f64'>, call: (routine: RealRoutine, x: Expr<'f64'>) => Expr<'f64'>) => void,
): RealRoutine {
  return {
    params: { x: 'f64' },
    results: ['f64'],
    name: () => name,
    emit: (f, { x }, _, library) => emit(f, x, (routine, of) => callReal(f, library, routine, of)),
  };
}

/** A call of `routine`. */
export function callReal(f: FunctionBuilder, library: Library, routine: RealRoutine, x: Expr<'f64'>): Expr<'f64'> {
  return f.call(library.get(routine, null), { x });
}

/** Coefficients of the highest power first. */
export function series(x: Local<'f64'>, coefficients: readonly number[]): Expr<'f64'> {
  const [first = 0, ...rest] = coefficients;
  return rest.reduce<Expr<'f64'>>((sum, coefficient) => f64.add(f64.mul(sum, x), coefficient), f64.const(first));
}

/** 1 / k! for k from `last` down to 0. */
function inverseFactorials(last: number): number[] {
  const list = [1];
  for (let k = 1; k <= last; k++) list.unshift((list[0] ?? 1) / k);
  return list;
}

/** ln 2 in two parts, of which the first has 32 bits, so that multiples up to 2^20 are exact. */
export const ln2High = Math.floor(Math.LN2 * 2 ** 32) / 2 ** 32;
/** ln 2 - ln2High: ln 2 is 0.693147180559945309417232121458 (OEIS A002162). */
export const ln2Low = Number(693147180559945309417232121458n - exactDecimal(ln2High)) / 1e30;

/** A number below 1 with at most 32 bits behind the point, times 10^30. */
function exactDecimal(value: number): bigint {
  return (BigInt(value * 2 ** 32) * 10n ** 30n) >> 32n;
}

/** exp(x); infinity and 0 where float32 has ended long before. */
export const exp64 = realRoutine('exp', (f, x) => {
  const [n, r] = [f.local('f64', 'n'), f.local('f64', 'r')];
  f.set(x, f64.min(f64.max(x, -700), 700));
  f.set(n, f64.nearest(f64.mul(x, Math.LOG2E)));
  f.set(r, f64.sub(f64.sub(x, f64.mul(n, ln2High)), f64.mul(n, ln2Low)));
  const power = f64.reinterpret_i64(i64.shl(i64.add(i64.trunc_sat_f64_s(n), 1023n), 52n));
  f.push(f64.mul(series(r, inverseFactorials(13)), power));
  f.free(n, r);
});

/** 2 atanh(s) for |s| <= 0.172, which is ln((1 + s) / (1 - s)). */
function twiceArcTangent(f: FunctionBuilder, s: Local<'f64'>): Expr<'f64'> {
  const square = f.local('f64', 'square');
  f.set(square, f64.mul(s, s));
  const terms = Array.from({ length: 11 }, (_, k) => 2 / (21 - 2 * k));
  const sum = f64.mul(s, series(square, terms));
  return sum;
}

/** ln(x); -infinity for 0, NaN below. x is no denormal float64. */
export const log64 = realRoutine('log', (f, x) => {
  const [bits, e, s, result] = [f.local('i64', 'bits'), f.local('f64', 'e'), f.local('f64', 's'), f.local('f64')];
  f.set(bits, i64.reinterpret_f64(x));
  // Subtracting the bits of sqrt(1/2) puts the fraction into [sqrt(1/2), sqrt(2)).
  const half = new DataView(new ArrayBuffer(8));
  half.setFloat64(0, Math.SQRT1_2);
  const offset = half.getBigInt64(0) & ~0xffffffffn;
  f.set(bits, i64.sub(bits, offset));
  f.set(e, f64.convert_i64_s(i64.shr_s(bits, 52n)));
  f.set(s, f64.reinterpret_i64(i64.add(i64.and(bits, 0xfffffffffffffn), offset)));
  f.set(s, f64.div(f64.sub(s, 1), f64.add(s, 1)));
  f.set(result, f64.add(f64.add(twiceArcTangent(f, s), f64.mul(e, ln2Low)), f64.mul(e, ln2High)));
  f.set(result, select(x, result, f64.eq(x, Number.POSITIVE_INFINITY)));
  f.set(result, select(f64.const(Number.NEGATIVE_INFINITY), result, f64.eq(x, 0)));
  f.push(select(result, Number.NaN, f64.ge(x, 0)));
});

/** ln(1 + x), also where x is small. */
export const log1p64 = realRoutine('log1p', (f, x, call) => {
  const s = f.local('f64', 's');
  f.if(
    f64.lt(f64.abs(x), 0.29),
    () => {
      f.set(s, f64.div(x, f64.add(x, 2)));
      f.set(s, twiceArcTangent(f, s));
    },
    () => f.set(s, call(log64, f64.add(x, 1))),
  );
  f.push(s);
});
