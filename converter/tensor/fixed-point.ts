import { roundingDivideByPowerOfTwo, roundingDoublingHighMultiply } from './requantize.ts';

/**
 * Functions on signed 32-bit fixed-point numbers. `Qm` has m integer bits: the raw integer x stands for x * 2^(m - 31).
 *
 * Source: gemmlowp `fixedpoint/fixedpoint.h` (exp, reciprocal, logistic, tanh) and TFLite `kernels/internal/common.h`
 * (log, reciprocal with headroom). Results equal theirs to the bit, since the TFLite kernels are built on them.
 */

const int32Max = 2147483647;
const int32Min = -2147483648;

/** gemmlowp `SaturatingRoundingDoublingHighMul` for two int32 of any sign: the product of Qm and Qn is Q(m+n). */
export function multiplyFixed(a: number, b: number): number {
  if (b >= 0) return roundingDoublingHighMultiply(a, b);
  if (a >= 0) return roundingDoublingHighMultiply(b, a);
  if (a === int32Min && b === int32Min) return int32Max;
  return b === int32Min ? roundingDoublingHighMultiply(-b, -a) : roundingDoublingHighMultiply(-a, -b);
}

/** x * 2^exponent, saturating to the left and rounding to the right (gemmlowp `SaturatingRoundingMultiplyByPOT`). */
export function multiplyByPowerOfTwo(x: number, exponent: number): number {
  if (exponent <= 0) return roundingDivideByPowerOfTwo(x, -exponent);
  const threshold = 2 ** (31 - exponent) - 1;
  if (x > threshold) return int32Max;
  if (x < -threshold) return int32Min;
  return x * 2 ** exponent;
}

/** (a + b) / 2, ties away from zero (gemmlowp `RoundingHalfSum`). */
function halfSum(a: number, b: number): number {
  const sum = a + b;
  return Math.trunc((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/** exp(a) in Q0 for a in Q0, -1/4 <= a < 0: Taylor series around -1/8. */
function expNearZero(a: number): number {
  const expOfMinusEighth = 1895147668;
  const third = 715827883;
  const x = (a + 2 ** 28) | 0;
  const x2 = multiplyFixed(x, x);
  const x3 = multiplyFixed(x2, x);
  const x4 = multiplyFixed(x2, x2);
  const tail = multiplyFixed((roundingDivideByPowerOfTwo(x4, 2) + x3) | 0, third);
  const series = roundingDivideByPowerOfTwo((tail + x2) | 0, 1);
  return (expOfMinusEighth + multiplyFixed(expOfMinusEighth, (x + series) | 0)) | 0;
}

/** exp(-2^k) in Q0 for k = -2 ... 4. */
const expOfMinusPowers: readonly (readonly [exponent: number, factor: number])[] = [
  [-2, 1672461947],
  [-1, 1302514674],
  [0, 790015084],
  [1, 290630308],
  [2, 39332535],
  [3, 720401],
  [4, 242],
];

/** exp(a) in Q0 for a <= 0 in Q`integerBits` (gemmlowp `exp_on_negative_values`). exp(0) is 2^31 - 1. */
export function expOfNegative(a: number, integerBits: number): number {
  if (a === 0) return int32Max;
  const fractionalBits = 31 - integerBits;
  if (integerBits > 5 && a < -(2 ** (36 - integerBits))) return 0;
  const quarter = 2 ** (fractionalBits - 2);
  const rest = (a & (quarter - 1)) - quarter;
  let result = expNearZero(multiplyByPowerOfTwo(rest, integerBits));
  const remainder = rest - a;
  for (const [exponent, factor] of expOfMinusPowers) {
    if (integerBits <= exponent) break;
    if ((remainder & (2 ** (fractionalBits + exponent))) !== 0) result = multiplyFixed(result, factor);
  }
  return result;
}

/** 2 / (1 + a) in Q2 for a in Q0, 0 <= a < 1: three Newton-Raphson steps from 48/17 - 32/17 d. */
function twiceReciprocal(a: number): number {
  const one = 2 ** 29;
  const halfDenominator = halfSum(a, int32Max);
  let x = (1515870810 + multiplyFixed(halfDenominator, -1010580540)) | 0;
  for (let step = 0; step < 3; step++) {
    const error = (one - multiplyFixed(halfDenominator, x)) | 0;
    x = (x + multiplyByPowerOfTwo(multiplyFixed(x, error), 2)) | 0;
  }
  return x;
}

/** 1 / (1 + a) in Q0 for a in Q0, 0 <= a < 1 (gemmlowp `one_over_one_plus_x_for_x_in_0_1`). */
export function oneOverOnePlus(a: number): number {
  return multiplyByPowerOfTwo(twiceReciprocal(a), 1);
}

/** (1 - a) / (1 + a) in Q0 for a in Q0, 0 < a < 1. */
function oneMinusOverOnePlus(a: number): number {
  return multiplyByPowerOfTwo((twiceReciprocal(a) - 2 ** 29) | 0, 2);
}

/** logistic(a) in Q0 for any a in Q`integerBits` (gemmlowp `logistic`). */
export function logisticFixed(a: number, integerBits: number): number {
  if (a === 0) return 2 ** 30;
  const positive = oneOverOnePlus(expOfNegative(-Math.abs(a), integerBits));
  return a > 0 ? positive : int32Max - positive;
}

/** tanh(a) in Q0 for any a in Q`integerBits` (gemmlowp `tanh`). */
export function tanhFixed(a: number, integerBits: number): number {
  if (a === 0) return 0;
  const magnitude = oneMinusOverOnePlus(expOfNegative(-Math.abs(a), integerBits + 1));
  return a < 0 ? -magnitude : magnitude;
}

/** 1/x as `fraction` in Q0 and a power of two: 1/x = fraction * 2^-bitsOverUnit, 1/2 < fraction <= 1. */
export interface Reciprocal {
  readonly fraction: number;
  readonly bitsOverUnit: number;
}

/** The reciprocal of x > 0 in Q`integerBits` (TFLite `GetReciprocal`). */
export function reciprocal(x: number, integerBits: number): Reciprocal {
  const headroom = Math.clz32(x);
  return { fraction: oneOverOnePlus((x * 2 ** headroom - 2 ** 31) | 0), bitsOverUnit: integerBits - headroom };
}

/** ln(x) in Q`outputBits` for x >= 1 in Q`inputBits` (TFLite `log_x_for_x_greater_than_or_equal_to_1`). */
export function logOfOneOrMore(x: number, inputBits: number, outputBits: number): number {
  const ln2 = 1488522236;
  const rootHalf = 1518500250;
  const fourthRootHalf = 1805811301;
  const [alphaN, alphaD, alphaI, alphaF] = [117049297, 127690142, 1057819769, 638450708];
  const sumBits = outputBits + 1;
  const quarter = roundingDivideByPowerOfTwo(2 ** 29, sumBits);
  const powerOfTwo = (bits: number) => multiplyByPowerOfTwo(bits, 31 - sumBits);

  const headroomA = Math.clz32(x);
  const mantissaA = multiplyByPowerOfTwo(multiplyFixed(multiplyByPowerOfTwo(x, headroomA - 1), rootHalf), 1);
  const exponentA = saturate(powerOfTwo(inputBits - headroomA) + quarter);
  const headroomB = Math.clz32(multiplyFixed(x, rootHalf)) - 1;
  const mantissaB = multiplyByPowerOfTwo(x, headroomB);
  const exponentB = saturate(powerOfTwo(inputBits - headroomB) - quarter);

  const r = Math.min(mantissaA, mantissaB);
  const exponent = Math.max(exponentA, exponentB);
  const p = halfSum(r, fourthRootHalf);
  const q = (2 * (r - fourthRootHalf)) | 0;
  const qq = multiplyFixed(q, q);
  const numerator = (multiplyFixed(q, r) + multiplyFixed(multiplyFixed(q, qq), alphaN)) | 0;
  const inner = (((alphaI + q) | 0) + multiplyFixed(alphaD, qq)) | 0;
  const denominatorMinusOne = (multiplyFixed(p, inner) + multiplyFixed(alphaF, q)) | 0;
  const quotient = multiplyFixed(roundingDivideByPowerOfTwo(numerator, sumBits), oneOverOnePlus(denominatorMinusOne));
  return multiplyByPowerOfTwo((multiplyFixed(exponent, ln2) + quotient) | 0, 1);
}

function saturate(x: number): number {
  return Math.min(int32Max, Math.max(int32Min, x));
}
