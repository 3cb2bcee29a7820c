import type { UnaryFunction } from '../../../ops/scalar-expression.ts';
import type { RealZipFunction } from '../../../ops/zip-function.ts';
import { type Expr, f32, f32x4, f64, i32, type Local, select } from '../assembler/index.ts';
import type { Library, Routine } from '../routine.ts';
import { atan64, cos64, sin64, tan64 } from './angle.ts';
import { callReal, exp64, log1p64, log64, type RealRoutine, realRoutine, series } from './real-kernel.ts';

/** Functions of float32 that are computed one element at a time, in float64, and rounded once. */
export type ScalarUnary = Extract<
  UnaryFunction,
  'sin' | 'cos' | 'tan' | 'asin' | 'acos' | 'atan' | 'sinh' | 'cosh' | 'asinh' | 'acosh' | 'atanh' | 'log1p'
>;

const asin64 = realRoutine('asin', (f, x, call) => {
  f.push(call(atan64, f64.div(x, f64.sqrt(f64.mul(f64.sub(1, x), f64.add(1, x))))));
});

const acos64 = realRoutine('acos', (f, x, call) => {
  f.push(f64.mul(2, call(atan64, f64.sqrt(f64.div(f64.sub(1, x), f64.add(1, x))))));
});

/** Half of the difference of exp(x) and exp(-x), which is a series near 0. */
const sinh64 = realRoutine('sinh', (f, x, call) => {
  const [power, square] = [f.local('f64', 'power'), f.local('f64', 'square')];
  f.set(square, f64.mul(x, x));
  f.set(power, call(exp64, x));
  // 1 / (2k + 1)!
  const terms = [1 / 6227020800, 1 / 39916800, 1 / 362880, 1 / 5040, 1 / 120, 1 / 6, 1];
  const near = f64.mul(x, series(square, terms));
  f.push(select(near, f64.mul(0.5, f64.sub(power, f64.div(1, power))), f64.lt(square, 0.25)));
});

const cosh64 = realRoutine('cosh', (f, x, call) => {
  const power = f.local('f64', 'power');
  f.set(power, call(exp64, x));
  f.push(f64.mul(0.5, f64.add(power, f64.div(1, power))));
});

/** ln(|x| + sqrt(x² + 1)) with the sign of x, as log1p(|x| + x² / (1 + sqrt(x² + 1))). */
const asinh64 = realRoutine('asinh', (f, x, call) => {
  const [size, square] = [f.local('f64', 'size'), f.local('f64', 'square')];
  f.set(size, f64.abs(x));
  f.set(square, f64.mul(x, x));
  const more = f64.div(square, f64.add(1, f64.sqrt(f64.add(square, 1))));
  f.set(square, call(log1p64, f64.add(size, more)));
  f.push(f64.copysign(select(square, size, f64.lt(size, Number.POSITIVE_INFINITY)), x));
});

/** ln(x + sqrt(x² - 1)), near 1 by what x is above it. */
const acosh64 = realRoutine('acosh', (f, x, call) => {
  const above = f.local('f64', 'above');
  f.set(above, f64.sub(x, 1));
  const result = call(log1p64, f64.add(above, f64.sqrt(f64.mul(above, f64.add(x, 1)))));
  f.push(select(result, Number.NaN, f64.ge(x, 1)));
});

/** log1p(2x / (1 - x)) / 2 */
const atanh64 = realRoutine('atanh', (f, x, call) => {
  f.push(f64.mul(0.5, call(log1p64, f64.div(f64.mul(2, x), f64.sub(1, x)))));
});

const scalarUnaries: { readonly [F in ScalarUnary]: RealRoutine } = {
  ...{ sin: sin64, cos: cos64, tan: tan64, asin: asin64, acos: acos64, atan: atan64, log1p: log1p64 },
  ...{ sinh: sinh64, cosh: cosh64, asinh: asinh64, acosh: acosh64, atanh: atanh64 },
};

/** The function of one float64, or null where vectors compute it. */
export function scalarUnary(fn: UnaryFunction): RealRoutine | null {
  return fn in scalarUnaries ? scalarUnaries[fn as ScalarUnary] : null;
}

/** A function of two float64. */
type RealPair = Routine<null, { readonly a: 'f64'; readonly b: 'f64' }, readonly ['f64']>;

function realPair(name: string, emit: (...parts: PairParts) => void): RealPair {
  return {
    params: { a: 'f64', b: 'f64' },
    results: ['f64'],
    name: () => name,
    emit: (f, { a, b }, _, library) => emit(f, a, b, library),
  };
}

type PairParts = [f: Parameters<RealPair['emit']>[0], ...operands: [a: Operand64, b: Operand64], library: Library];
type Operand64 = Parameters<RealPair['emit']>[1]['a'];

const infinity = Number.POSITIVE_INFINITY;

/**
 * The remainder of float32 numbers, exact: multiples s = |b| * 2^28k of the divisor are taken off from the largest that fits; with a
 * quotient below 2^28 and 24 bits in s both the product and the difference have at most 53 bits.
 */
const rem64 = realPair('rem', (f, a, b) => {
  const [x, y, s] = [f.local('f64', 'x'), f.local('f64', 'y'), f.local('f64', 's')];
  f.set(x, f64.abs(a));
  f.set(y, f64.abs(b));
  f.if(
    i32.and(f64.lt(x, infinity), f64.gt(y, 0)),
    () => {
      f.while(f64.ge(x, y), () => {
        f.set(s, y);
        f.while(f64.ge(x, f64.mul(s, 2 ** 28)), () => f.set(s, f64.mul(s, 2 ** 28)));
        f.set(x, f64.sub(x, f64.mul(f64.trunc(f64.div(x, s)), s)));
        f.set(x, select(f64.add(x, s), x, f64.lt(x, 0)));
      });
    },
    () => f.set(x, Number.NaN),
  );
  f.push(f64.copysign(x, a));
});

const floorMod64 = realPair('floor-mod', (f, a, b, library) => {
  const rest = f.local('f64', 'rest');
  f.set(rest, f.call(library.get(rem64, null), { a, b }));
  const differs = i32.and(f64.ne(rest, 0), i32.ne(f64.lt(rest, 0), f64.lt(b, 0)));
  f.push(select(f64.add(rest, b), rest, differs));
});

/** The angle of the point (b, a): signs of zeros count, equal infinities are diagonal. */
const atan2Of = realPair('atan2', (f, a, b, library) => {
  const [y, x, angle] = [f.local('f64', 'y'), f.local('f64', 'x'), f.local('f64', 'angle')];
  f.set(y, f64.abs(a));
  f.set(x, f64.abs(b));
  f.if(i32.and(f64.eq(x, infinity), f64.eq(y, infinity)), () => {
    f.set(x, 1);
    f.set(y, 1);
  });
  f.set(angle, callReal(f, library, atan64, f64.div(y, x)));
  f.set(angle, select(y, angle, i32.and(f64.eq(y, 0), f64.eq(x, 0))));
  f.set(angle, select(f64.sub(Math.PI, angle), angle, f64.lt(f64.copysign(1, b), 0)));
  f.push(f64.copysign(angle, a));
});

/** C99 `pow` (F.9.4.4) of float32 numbers: exp(b ln|a|) with the sign that an odd b leaves. */
const powOf = realPair('pow', (f, a, b, library) => {
  const [size, power, half] = [f.local('f64', 'size'), f.local('f64', 'power'), f.local('f64', 'half')];
  f.set(size, f64.abs(a));
  f.set(power, callReal(f, library, log64, size));
  f.set(power, callReal(f, library, exp64, f64.mul(b, power)));
  const isUnit = i32.and(f64.eq(size, 1), f64.eq(b, b));
  f.set(power, select(f64.const(1), power, i32.or(isUnit, i32.or(f64.eq(b, 0), f64.eq(a, 1)))));
  f.set(half, f64.mul(b, 0.5));
  const isWhole = f64.eq(f64.trunc(b), b);
  const isOdd = i32.and(isWhole, f64.ne(f64.trunc(half), half));
  const isNegative = f64.lt(f64.copysign(1, a), 0);
  f.set(power, select(f64.neg(power), power, i32.and(isNegative, isOdd)));
  const isRoot = i32.and(i32.and(f64.lt(a, 0), f64.gt(a, -infinity)), i32.eqz(isWhole));
  f.push(select(f64.const(Number.NaN), power, isRoot));
});

/** Functions of two float32 that are computed one element at a time, in float64. */
export type ScalarPair = Extract<RealZipFunction, 'rem' | 'floor-mod' | 'pow' | 'atan2'>;

const scalarPairs: { readonly [F in ScalarPair]: RealPair } = {
  ...{ rem: rem64, 'floor-mod': floorMod64, pow: powOf, atan2: atan2Of },
};

/** The function of two float64. */
export function scalarPair(fn: ScalarPair): RealPair {
  return scalarPairs[fn];
}

/** Applies `compute` to each of the four float32 lanes of `value`, in float64. */
export function emitLanes(
  f: PairParts[0],
  value: Local<'v128'>,
  compute: (x: Expr<'f64'>, lane: number) => Expr<'f64'>,
): void {
  for (let lane = 0; lane < 4; lane++) {
    const x = f64.promote_f32(f32x4.extract_lane(value, lane));
    f.set(value, f32x4.replace_lane(value, f32.demote_f64(compute(x, lane)), lane));
  }
}
