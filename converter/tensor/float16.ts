import { roundHalfEven } from './round-half-even.ts';

/** The float32 value of an IEEE 754 binary16 bit pattern. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/**
 * The IEEE 754 binary16 bit pattern nearest to `value`, ties to even; beyond 65504 it becomes infinity from 65520 on.
 * NaN becomes the quiet NaN 0x7e00.
 */
export function numberToFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  const lowest = Math.floor(Math.log2(magnitude));
  const exponent = 2 ** lowest > magnitude ? lowest - 1 : lowest;
  // A mantissa that rounds up to 1024 carries into the exponent, which is the right pattern.
  return sign | (((exponent + 15) << 10) + roundHalfEven((magnitude * 2 ** -exponent - 1) * 1024));
}
