import { type Expr, type FunctionBuilder, f32x4, i32x4, type Local, v128 } from '../assembler/index.ts';

/*
 * exp, log and tanh on four float32, to about 1e-7 relative. The range reductions and polynomials are those of the Cephes
 * library, single precision (`expf.c`, `logf.c`, `tanhf.c`; S. L. Moshier, 1989).
 */

const splat = (value: number): Expr<'v128'> => v128.const('f32x4', [value, value, value, value]);
const words = (value: number): Expr<'v128'> => v128.const('i32x4', [value, value, value, value]);

/** Coefficients of the highest power first. */
function polynomial(x: Local<'v128'>, coefficients: readonly number[]): Expr<'v128'> {
  const [first = 0, ...rest] = coefficients;
  return rest.reduce((sum, coefficient) => f32x4.add(f32x4.mul(sum, x), splat(coefficient)), splat(first));
}

const log2OfE = Math.LOG2E;
/** ln 2 in two parts, of which the first is exact in 9 bits. */
const ln2High = 0.693359375;
const ln2Low = -2.1219444e-4;

/** 2^n for whole n in [-126, 127]. */
function powerOfTwo(n: Expr<'v128'>): Expr<'v128'> {
  return i32x4.shl(i32x4.add(n, words(127)), 23);
}

/**
 * exp of each lane, in place. Beyond the range of float32 it gives infinity or 0; between, denormals come out right since
 * 2^n is applied in two halves.
 */
export function emitExp(f: FunctionBuilder, x: Local<'v128'>): void {
  const [n, y] = [f.local('v128'), f.local('v128')];
  f.set(x, f32x4.min(f32x4.max(x, splat(-104)), splat(89)));
  f.set(n, f32x4.nearest(f32x4.mul(x, splat(log2OfE))));
  f.set(x, f32x4.sub(f32x4.sub(x, f32x4.mul(n, splat(ln2High))), f32x4.mul(n, splat(ln2Low))));
  f.set(
    y,
    polynomial(x, [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 0.16666665459, 0.50000001201]),
  );
  f.set(y, f32x4.add(f32x4.add(f32x4.mul(y, f32x4.mul(x, x)), x), splat(1)));
  f.set(n, i32x4.trunc_sat_f32x4_s(n));
  f.set(x, i32x4.shr_s(n, 1));
  f.set(x, f32x4.mul(f32x4.mul(y, powerOfTwo(x)), powerOfTwo(i32x4.sub(n, x))));
  f.free(n, y);
}

/** ln of each lane, in place; -infinity for 0 and NaN below. */
export function emitLog(f: FunctionBuilder, x: Local<'v128'>): void {
  const [e, y, z, original] = [f.local('v128'), f.local('v128'), f.local('v128'), f.local('v128')];
  const smallestNormal = 2 ** -126;
  f.set(original, x);
  // Denormals are lifted by 2^23 first.
  f.set(z, f32x4.lt(x, splat(smallestNormal)));
  f.set(x, v128.bitselect(f32x4.mul(x, splat(2 ** 23)), x, z));
  f.set(e, i32x4.sub(i32x4.shr_u(x, 23), words(126)));
  f.set(e, f32x4.sub(f32x4.convert_i32x4_s(e), v128.and(z, splat(23))));
  // The fraction in [0.5, 1), then in [sqrt(1/2), sqrt(2)) around 1.
  f.set(x, v128.or(v128.and(x, words(0x007fffff)), splat(0.5)));
  f.set(z, f32x4.lt(x, splat(Math.SQRT1_2)));
  f.set(e, f32x4.sub(e, v128.and(z, splat(1))));
  f.set(x, f32x4.sub(f32x4.add(x, v128.and(z, x)), splat(1)));
  f.set(z, f32x4.mul(x, x));
  f.set(
    y,
    polynomial(
      x,
      [
        7.0376836292e-2, -0.1151461031, 0.1167699874, -0.12420140846, 0.14249322787, -0.16668057665, 0.20000714765,
        -0.24999993993, 0.33333331174,
      ],
    ),
  );
  f.set(y, f32x4.mul(f32x4.mul(y, x), z));
  f.set(y, f32x4.add(y, f32x4.mul(e, splat(ln2Low))));
  f.set(y, f32x4.sub(y, f32x4.mul(z, splat(0.5))));
  f.set(x, f32x4.add(f32x4.add(x, y), f32x4.mul(e, splat(ln2High))));
  const infinity = splat(Number.POSITIVE_INFINITY);
  f.set(x, v128.bitselect(original, x, f32x4.eq(original, infinity)));
  f.set(x, v128.bitselect(splat(Number.NEGATIVE_INFINITY), x, f32x4.eq(original, splat(0))));
  // NaN for NaN and for numbers below 0.
  f.set(x, v128.or(x, v128.not(f32x4.ge(original, splat(0)))));
  f.free(e, y, z, original);
}

/** tanh of each lane, in place: a polynomial below 0.625, 1 - 2 / (exp(2x) + 1) above. */
export function emitTanh(f: FunctionBuilder, x: Local<'v128'>): void {
  const [near, far, square] = [f.local('v128'), f.local('v128'), f.local('v128')];
  f.set(square, f32x4.mul(x, x));
  f.set(
    near,
    polynomial(square, [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 0.133314422036, -0.333332819422]),
  );
  f.set(near, f32x4.add(f32x4.mul(f32x4.mul(near, square), x), x));
  f.set(far, f32x4.abs(x));
  f.set(far, f32x4.add(far, far));
  emitExp(f, far);
  f.set(far, f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(far, splat(1)))));
  f.set(far, v128.or(far, v128.and(x, words(0x80000000))));
  f.set(x, v128.bitselect(near, far, f32x4.lt(square, splat(0.625 * 0.625))));
  f.free(near, far, square);
}

/** 1 / (1 + exp(-x)) of each lane, in place. */
export function emitLogistic(f: FunctionBuilder, x: Local<'v128'>): void {
  f.set(x, f32x4.neg(x));
  emitExp(f, x);
  f.set(x, f32x4.div(splat(1), f32x4.add(splat(1), x)));
}
