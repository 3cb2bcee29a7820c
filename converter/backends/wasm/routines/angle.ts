import { type Expr, type FunctionBuilder, f64, i32, i64, type Local, select } from '../assembler/index.ts';
import { realRoutine, series } from './real-kernel.ts';
import { leadingZeros, twoOverPiWords } from './two-over-pi.ts';

/*
 * Circular functions and their inverses in float64, for arguments that are float32 numbers of any size.
 */

/** pi / 2 in two parts, of which the first has 33 bits, so that multiples up to 2^20 are exact. */
const quarterHigh = Math.floor((Math.PI / 2) * 2 ** 32) / 2 ** 32;
/** pi / 2 = 1.57079632679489661923132169163975144 (OEIS A019669) less the first part. */
const quarterLow =
  Number(1570796326794896619231321691639n - ((BigInt(quarterHigh * 2 ** 32) * 10n ** 30n) >> 32n)) / 1e30;

/** From here on x loses whole turns in integers. */
const largeFrom = 2 ** 20;

/** Puts the remainder of x against pi / 2, at most pi / 4, into `r`; the number of quarters modulo 4 into `n`. */
function emitQuarters(f: FunctionBuilder, x: Local<'f64'>, r: Local<'f64'>, n: Local<'i32'>): void {
  f.if(
    f64.lt(f64.abs(x), largeFrom),
    () => {
      f.set(r, f64.nearest(f64.mul(x, 2 / Math.PI)));
      f.set(n, i32.trunc_sat_f64_s(r));
      f.set(r, f64.sub(f64.sub(x, f64.mul(r, quarterHigh)), f64.mul(r, quarterLow)));
    },
    () => emitLargeQuarters(f, x, r, n),
  );
}

/**
 * M. Payne and R. Hanek, "Radian reduction for trigonometric functions" (SIGNUM Newsletter 18, 1983): |x| is m * 2^e with m of 24
 * bits. The bits of 2 / pi that weigh 4 or more after the shift by e only add whole turns; the 64 bits after them and the 32 below
 * those, times m, are |x| / (pi / 2) modulo 4 with 62 bits behind the point.
 */
function emitLargeQuarters(f: FunctionBuilder, x: Local<'f64'>, r: Local<'f64'>, n: Local<'i32'>): void {
  const [bits, m, place, turns] = [
    f.local('i64', 'bits'),
    f.local('i64', 'm'),
    f.local('i64', 'place'),
    f.local('i64'),
  ];
  f.set(bits, i64.and(i64.reinterpret_f64(x), 0x7fffffffffffffffn));
  f.set(m, i64.shr_u(i64.or(i64.and(bits, 0xfffffffffffffn), 0x10000000000000n), 29n));
  // The exponent of the last of the 24 bits is (bits >> 52) - 1023 - 23; the window begins 2 before it.
  f.set(place, i64.sub(i64.shr_u(bits, 52n), BigInt(1023 + 23 + 2 - leadingZeros)));
  const second = i64.ge_s(place, 64n);
  const words = [0, 1, 2].map((i) => {
    return select(i64.const(twoOverPiWords[i + 1] ?? 0n), i64.const(twoOverPiWords[i] ?? 0n), second);
  });
  const window = (i: number): Expr<'i64'> => {
    const [high, low] = [words[i], words[i + 1]];
    if (high === undefined || low === undefined) return i64.const(0n);
    return i64.or(i64.shl(high, place), i64.shr_u(i64.shr_u(low, 1n), i64.sub(63n, i64.and(place, 63n))));
  };
  f.set(turns, i64.add(i64.mul(m, window(0)), i64.shr_u(i64.mul(m, i64.shr_u(window(1), 32n)), 32n)));
  f.set(m, i64.shr_u(i64.add(turns, 1n << 61n), 62n));
  f.set(n, i32.wrap_i64(m));
  f.set(r, f64.mul(f64.convert_i64_s(i64.sub(turns, i64.shl(m, 62n))), Math.PI / 2 ** 63));
  f.if(f64.lt(x, 0), () => {
    f.set(n, i32.sub(0, n));
    f.set(r, f64.neg(r));
  });
  // Infinities and NaN have no angle.
  f.set(r, select(r, Number.NaN, f64.lt(f64.abs(x), Number.POSITIVE_INFINITY)));
  f.free(bits, m, place, turns);
}

/** (-1)^k / (2k + first)! for k from 8 down to 0. */
function alternatingFactorials(first: 0 | 1): number[] {
  const list: number[] = [];
  let term = 1;
  for (let k = 0; k <= 8; k++) {
    list.unshift(term);
    term /= -((2 * k + first + 1) * (2 * k + first + 2));
  }
  return list;
}

/** sin(r) and cos(r) for |r| <= pi / 4. */
function sineAndCosine(
  f: FunctionBuilder,
  r: Local<'f64'>,
): { readonly sine: Local<'f64'>; readonly cosine: Local<'f64'> } {
  const [square, sine, cosine] = [f.local('f64', 'square'), f.local('f64', 'sine'), f.local('f64', 'cosine')];
  f.set(square, f64.mul(r, r));
  f.set(sine, f64.mul(r, series(square, alternatingFactorials(1))));
  f.set(cosine, series(square, alternatingFactorials(0)));
  return { sine, cosine };
}

function circular(name: string, quartersAhead: number) {
  return realRoutine(name, (f, x) => {
    const [r, n] = [f.local('f64', 'r'), f.local('i32', 'n')];
    emitQuarters(f, x, r, n);
    const { sine, cosine } = sineAndCosine(f, r);
    f.set(n, i32.add(n, quartersAhead));
    f.set(sine, select(cosine, sine, i32.and(n, 1)));
    f.push(select(f64.neg(sine), sine, i32.and(n, 2)));
  });
}

export const sin64 = circular('sin', 0);
export const cos64 = circular('cos', 1);

export const tan64 = realRoutine('tan', (f, x) => {
  const [r, n] = [f.local('f64', 'r'), f.local('i32', 'n')];
  emitQuarters(f, x, r, n);
  const { sine, cosine } = sineAndCosine(f, r);
  f.push(select(f64.neg(f64.div(cosine, sine)), f64.div(sine, cosine), i32.and(n, 1)));
});

/** atan(x) = pi/2 - atan(1/x) above 1, pi/4 + atan((x - 1) / (x + 1)) above tan(pi/8), a series below. */
export const atan64 = realRoutine('atan', (f, x) => {
  const [t, base, sign] = [f.local('f64', 't'), f.local('f64', 'base'), f.local('f64', 'sign')];
  const square = f.local('f64', 'square');
  f.set(t, f64.abs(x));
  f.set(base, 0);
  f.set(sign, 1);
  f.if(f64.gt(t, 1), () => {
    f.set(t, f64.div(1, t));
    f.set(base, Math.PI / 2);
    f.set(sign, -1);
  });
  f.if(f64.gt(t, Math.SQRT2 - 1), () => {
    f.set(t, f64.div(f64.sub(t, 1), f64.add(t, 1)));
    f.set(base, f64.add(base, f64.mul(sign, Math.PI / 4)));
  });
  f.set(square, f64.mul(t, t));
  const terms = Array.from({ length: 18 }, (_, k) => (k % 2 === 1 ? 1 : -1) / (35 - 2 * k));
  f.push(f64.copysign(f64.add(base, f64.mul(sign, f64.mul(t, series(square, terms)))), x));
});
