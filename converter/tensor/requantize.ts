import { roundHalfEven } from './round-half-even.ts';

/**
 * The definitions of integer requantization.
 *
 * `exact` is the double rounding of the TFLite reference kernels (gemmlowp): a saturating rounding doubling high
 * multiply, then a rounding right shift. `single` multiplies and rounds once (TFLITE_SINGLE_ROUNDING). `float` is the
 * arithmetic of onnxruntime: the accumulator as float32 times a float32 factor, ties to even.
 * Source: TFLite `kernels/internal/common.h`, `quantization_util.cc`; gemmlowp `fixedpoint.h`; onnxruntime `mlas/lib/quantize.cpp`
 * (MlasRequantizeOutput).
 */
export type Rounding = 'exact' | 'single' | 'float';

/** A positive real factor as `multiplier * 2^(shift - 31)`, multiplier in [2^30, 2^31) or 0. */
export interface FixedPointMultiplier {
  readonly multiplier: number;
  readonly shift: number;
}

/** Rounds half away from zero, as C `round` does. */
export function roundHalfAway(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}

/** `value = fraction * 2^exponent` with |fraction| in [0.5, 1), as C `frexp`. Zero gives 0, 0. */
function frexp(value: number): { fraction: number; exponent: number } {
  if (value === 0) return { fraction: 0, exponent: 0 };
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(value))) + 1);
  let fraction = value * 2 ** -exponent;
  while (Math.abs(fraction) < 0.5) {
    fraction *= 2;
    exponent--;
  }
  while (Math.abs(fraction) >= 1) {
    fraction /= 2;
    exponent++;
  }
  return { fraction, exponent };
}

/**
 * TFLite `QuantizeMultiplier`. `real` is finite and not negative. Factors below 2^-31 become 0; under `single`
 * factors of 2^30 and more saturate. Under `float` the result is the nearest float32, see {@link floatFactor}.
 */
export function quantizeMultiplier(real: number, rounding: Rounding = 'exact'): FixedPointMultiplier {
  if (real === 0) return { multiplier: 0, shift: 0 };
  const { fraction, exponent } = frexp(rounding === 'float' ? Math.fround(real) : real);
  let shift = exponent;
  let multiplier = roundHalfAway(fraction * 2 ** 31);
  if (multiplier === 2 ** 31) {
    multiplier /= 2;
    shift++;
  }
  if (shift < -31) return { multiplier: 0, shift: 0 };
  if (rounding !== 'exact' && shift > 30) return { multiplier: 2 ** 31 - 1, shift: 30 };
  return { multiplier, shift };
}

/** (a * b + 2^30) >> 31 for int32 a and 0 <= b < 2^31, without wide integers. Equals the gemmlowp definition. */
export function roundingDoublingHighMultiply(a: number, b: number): number {
  const high = Math.floor(b / 65536);
  const low = b - high * 65536;
  // a*b + 2^30 = (a*high + carry) * 2^16 + rest, with 0 <= rest < 2^16, so the rest never reaches bit 31.
  const carry = Math.floor((a * low + 1073741824) / 65536);
  return Math.floor((a * high + carry) / 32768);
}

/** gemmlowp `RoundingDivideByPOT`: to nearest, ties away from zero. `exponent` in [0, 31]. */
export function roundingDivideByPowerOfTwo(x: number, exponent: number): number {
  if (exponent === 0) return x;
  return Math.floor((x + 2 ** (exponent - 1) - (x < 0 ? 1 : 0)) / 2 ** exponent);
}

/** Multiplies int32 `x` by the factor, rounded as `rounding` says. The result is an int32. */
export function requantize(x: number, factor: FixedPointMultiplier, rounding: Rounding): number {
  if (rounding === 'float') return requantizeFloat(x, factor);
  if (rounding === 'single') return requantizeSingle(x, factor);
  const left = Math.max(factor.shift, 0);
  const right = Math.max(-factor.shift, 0);
  const shifted = left === 0 ? x : Math.imul(x, (2 ** left) | 0);
  return roundingDivideByPowerOfTwo(roundingDoublingHighMultiply(shifted, factor.multiplier), right);
}

/** The factor as the nearest float32. */
export function floatFactor({ multiplier, shift }: FixedPointMultiplier): number {
  return Math.fround(multiplier * 2 ** (shift - 31));
}

function requantizeFloat(x: number, factor: FixedPointMultiplier): number {
  const steps = roundHalfEven(Math.fround(Math.fround(x) * floatFactor(factor)));
  return Math.min(2147483647, Math.max(-2147483648, steps));
}

/**
 * Multiplies a sum of 64 bits by the factor, of which 15 bits are kept, and rounds once, half up, whatever the rounding of the
 * model: TFLite `MultiplyByQuantizedMultiplier` for int64, which layers on int16 data use. |x| < 2^47, factor < 2^7.
 */
export function requantizeWide(x: number, factor: FixedPointMultiplier): number {
  const { multiplier, shift } = wideMultiplier(factor);
  return Number((BigInt(x) * BigInt(multiplier) + (1n << BigInt(shift - 1))) >> BigInt(shift));
}

/** The factor of {@link requantizeWide} as `multiplier / 2^shift`, multiplier below 2^15. */
export function wideMultiplier({ multiplier, shift }: FixedPointMultiplier): FixedPointMultiplier {
  return {
    multiplier: multiplier < 0x7fff0000 ? Math.floor((multiplier + 2 ** 15) / 2 ** 16) : 0x7fff,
    shift: 15 - shift,
  };
}

function requantizeSingle(x: number, factor: FixedPointMultiplier): number {
  const { multiplier, shift } = factor;
  const totalShift = 31 - shift;
  const high = Math.floor(multiplier / 65536);
  const low = multiplier - high * 65536;
  if (totalShift <= 17)
    return Number((BigInt(x) * BigInt(multiplier) + (1n << BigInt(totalShift - 1))) >> BigInt(totalShift));
  // As above: round = 2^(totalShift-1) is a multiple of 2^16 here.
  const carry = Math.floor((x * low) / 65536) + 2 ** (totalShift - 17);
  return Math.floor((x * high + carry) / 2 ** (totalShift - 16));
}

/** {@link requantize} in wide integers, as the definition reads: what the fast forms are tested against. `float` has one form only. */
export function requantizeDefinition(x: number, factor: FixedPointMultiplier, rounding: Rounding): number {
  if (rounding === 'float') return requantizeFloat(x, factor);
  const multiplier = BigInt(factor.multiplier);
  if (rounding === 'single') {
    const totalShift = BigInt(31 - factor.shift);
    return Number((BigInt(x) * multiplier + (1n << (totalShift - 1n))) >> totalShift);
  }
  const left = BigInt(Math.max(factor.shift, 0));
  const right = BigInt(Math.max(-factor.shift, 0));
  const product = BigInt.asIntN(32, BigInt(x) << left) * multiplier;
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  const high = (product + nudge) / (1n << 31n); // BigInt division truncates, as in C
  const mask = (1n << right) - 1n;
  const threshold = (mask >> 1n) + (high < 0n ? 1n : 0n);
  return Number((high >> right) + ((high & mask) > threshold ? 1n : 0n));
}
