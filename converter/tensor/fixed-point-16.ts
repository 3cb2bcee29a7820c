/**
 * Functions on signed 16-bit fixed-point numbers, for integer recurrent layers. `Qm` has m integer bits: the raw integer x stands for
 * x * 2^(m - 15).
 *
 * Source: gemmlowp `fixedpoint/fixedpoint.h` for `int16_t`. The steps are those of the 32-bit functions, but every one of them rounds,
 * saturates or wraps at 16 bits, so these results are not those of the wider functions rounded.
 */

const max16 = 32767;
const min16 = -32768;

const wrap = (x: number) => (x << 16) >> 16;
const saturate = (x: number) => Math.max(min16, Math.min(max16, x));

/** round(a * b * 2^-15), ties upwards, saturated: gemmlowp `SaturatingRoundingDoublingHighMul`. */
const multiply = (a: number, b: number) => saturate((a * b + 16384) >> 15);

/** x * 2^-exponent to nearest, ties away from zero (gemmlowp `RoundingDivideByPOT`); x in 32 bits, exponent in [0, 31]. */
export function divideByPowerOfTwo(x: number, exponent: number): number {
  if (exponent === 0) return x;
  return Math.floor((x + 2 ** (exponent - 1) - (x < 0 ? 1 : 0)) / 2 ** exponent);
}

/** A constant that gemmlowp has with 32 bits. */
const constant = (x: number) => divideByPowerOfTwo(x, 16);

const expOfMinusEighth = constant(1895147668);
const third = constant(715827883);
const fortyEightOver17 = constant(1515870810);
const minus32Over17 = constant(-1010580540);

/** exp(-2^k) in Q0 for k = -2 ... 4. */
export const expOfMinusPowers16: readonly (readonly [exponent: number, factor: number])[] = [
  [-2, constant(1672461947)],
  [-1, constant(1302514674)],
  [0, constant(790015084)],
  [1, constant(290630308)],
  [2, constant(39332535)],
  [3, constant(720401)],
  [4, constant(242)],
];

/** exp(a) in Q0 for a in Q0, -1/4 <= a < 0: Taylor series around -1/8. */
function expNearZero(a: number): number {
  const x = wrap(a + 4096);
  const x2 = multiply(x, x);
  const x3 = multiply(x2, x);
  const x4 = multiply(x2, x2);
  const tail = multiply(wrap(divideByPowerOfTwo(x4, 2) + x3), third);
  const series = divideByPowerOfTwo(wrap(tail + x2), 1);
  return saturate(expOfMinusEighth + multiply(expOfMinusEighth, wrap(x + series)));
}

/** exp(a) in Q0 for a <= 0 in Q`integerBits`, 1 to 7 bits. */
function expOfNegative(a: number, integerBits: number): number {
  if (a === 0) return max16;
  if (integerBits > 5 && a < -(2 ** (20 - integerBits))) return 0;
  const fractionalBits = 15 - integerBits;
  const quarter = 2 ** (fractionalBits - 2);
  const rest = (a & (quarter - 1)) - quarter;
  let result = expNearZero(saturate(rest * 2 ** integerBits));
  const remainder = wrap(rest - a);
  for (const [exponent, factor] of expOfMinusPowers16) {
    if (integerBits <= exponent) break;
    if ((remainder & (2 ** (fractionalBits + exponent))) !== 0) result = multiply(result, factor);
  }
  return result;
}

/** 2 / (1 + a) in Q2 for a in Q0, 0 <= a < 1: three Newton-Raphson steps from 48/17 - 32/17 d. */
function twiceReciprocal(a: number): number {
  const halfDenominator = (a + max16 + 1) >> 1;
  let x = wrap(fortyEightOver17 + multiply(halfDenominator, minus32Over17));
  for (let step = 0; step < 3; step++) {
    const error = wrap(8192 - multiply(halfDenominator, x));
    x = wrap(x + saturate(multiply(x, error) * 4));
  }
  return x;
}

/** logistic(a) in Q0 for any a in Q3 (gemmlowp `logistic`). */
export function logistic16(a: number): number {
  if (a === 0) return 16384;
  const positive = saturate(twiceReciprocal(expOfNegative(-Math.abs(a), 3)) * 2);
  return a > 0 ? positive : max16 - positive;
}

/** tanh(a) in Q0 for any a in Q`integerBits`, 0 to 6 bits (gemmlowp `tanh`). */
export function tanh16(a: number, integerBits: number): number {
  if (a === 0) return 0;
  const magnitude = saturate((twiceReciprocal(expOfNegative(-Math.abs(a), integerBits + 1)) - 8192) * 4);
  return a < 0 ? wrap(-magnitude) : magnitude;
}
