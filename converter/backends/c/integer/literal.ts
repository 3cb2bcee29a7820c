import type { FixedPointMultiplier, Rounding } from '../../../tensor/requantize.ts';
import { intLiteral } from '../literal.ts';
import { factorBits } from './accumulation.ts';
import { requantizeFunction } from './requantize.ts';

/** `x` times a factor that is known at conversion, plus `zero`, as a C expression. |x| is at most `bound`. */
export function requantized(
  x: string,
  { multiplier, shift }: FixedPointMultiplier,
  rounding: Rounding,
  bound: number,
  zero: number,
): string {
  if (multiplier === 0) return String(zero);
  if (rounding === 'exact' && shift === 0 && bound < 2 ** 30) {
    const product = `thimble_high_multiply_double(${x}, ${intLiteral(multiplier)})`;
    return zero === 0 ? product : `${product} + ${zero}`;
  }
  if (rounding === 'float') return `thimble_float(${x}, ${factorBits({ multiplier, shift })}, 0, ${zero})`;
  const right = shift === 0 ? 0 : -shift;
  return `thimble_${requantizeFunction(rounding, bound, [{ shift: right }])}(${x}, ${intLiteral(multiplier)}, ${right}, ${zero})`;
}

/** `x - zero`, as short as it gets. */
export function without(x: string, zero: number): string {
  if (zero === 0) return x;
  return zero < 0 ? `${x} + ${-zero}` : `${x} - ${zero}`;
}
