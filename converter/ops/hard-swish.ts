import { integerRange, isQuantizedDType } from '../tensor/dtype.ts';
import { scaleAt, zeroPointAt } from '../tensor/quantization.ts';
import { quantizeMultiplier, roundingDivideByPowerOfTwo } from '../tensor/requantize.ts';
import type { TensorType } from '../tensor/tensor.ts';
import { clampTo } from './quantized.ts';
import { binary, constant, type ScalarExpression, theVariable } from './scalar-expression.ts';

/** x * min(max(x + 3, 0), 6) / 6 */
export const hardSwish: ScalarExpression = binary(
  'div',
  binary(
    'mul',
    theVariable,
    binary('min', binary('max', binary('add', theVariable, constant(3)), constant(0)), constant(6)),
  ),
  constant(6),
);

const hardSwishText = JSON.stringify(hardSwish);

export function isHardSwish(expression: ScalarExpression): boolean {
  return expression === hardSwish || JSON.stringify(expression) === hardSwishText;
}

const int16 = integerRange.int16;

/** gemmlowp `SaturatingRoundingDoublingHighMul` of int16: a * b / 2^15, ties away from zero. */
function roundingHighMultiply(a: number, b: number): number {
  if (a === int16.min && b === int16.min) return int16.max;
  const product = a * b;
  return Math.trunc((product + (product >= 0 ? 2 ** 14 : 1 - 2 ** 14)) / 2 ** 15);
}

/** A factor as a 16-bit multiplier and an exponent (TFLite `DownScaleInt32ToInt16Multiplier`). */
function shortMultiplier(factor: number): { readonly multiplier: number; readonly exponent: number } {
  const { multiplier, shift } = quantizeMultiplier(factor);
  return { multiplier: Math.min(int16.max, (multiplier + 2 ** 15) >> 16), exponent: shift };
}

/** Real value of one step of the input, 7 bits finer, over that of the output. */
function outputFactor(input: TensorType, output: TensorType): number {
  return Math.fround(Math.fround(scaleAt(input.quantization, 0) / 128) / scaleAt(output.quantization, 0));
}

/** The 16-bit arithmetic shifts its result to the right only. */
export function hardSwishFactorFits(input: TensorType, output: TensorType): string[] {
  if (!isQuantizedDType(input.dtype) || input.quantization.kind !== 'per-tensor') return [];
  if (output.quantization.kind !== 'per-tensor') return [];
  if (shortMultiplier(outputFactor(input, output)).exponent <= 0) return [];
  return ['the input scale of a hard swish must be below 128 output scales'];
}

/** The stored output for a stored input of 8 bits, in the 16-bit arithmetic of TFLite `reference/hard_swish.h`. */
export function hardSwishStored(input: TensorType, output: TensorType): (stored: number) => number {
  const inputZero = zeroPointAt(input.quantization, 0);
  const outputZero = zeroPointAt(output.quantization, 0);
  const range = integerRange[output.dtype === 'uint8' ? 'uint8' : 'int8'];
  const fine = Math.fround(scaleAt(input.quantization, 0) / 128);
  const result = shortMultiplier(outputFactor(input, output));
  const gate = shortMultiplier(Math.fround(fine / Math.fround(3 / 32768)));
  return (stored) => {
    const x = (stored - inputZero) * 128;
    const share = (gateOf(x, gate.multiplier, gate.exponent) + 2 ** 15) >> 1;
    const product = Math.trunc((share * roundingHighMultiply(x, result.multiplier)) / 2 ** 15);
    return clampTo(roundingDivideByPowerOfTwo(product, -result.exponent) + outputZero, range);
  };
}

/** x / 3 saturated to [-1, 1), as a 16-bit fraction. */
function gateOf(x: number, multiplier: number, exponent: number): number {
  const raised = exponent > 0 ? clampTo(x * 2 ** (exponent - 1), int16) : x;
  const scaled = roundingHighMultiply(raised, multiplier);
  if (exponent > 0) return clampTo(scaled * 2, int16);
  return exponent < 0 ? roundingDivideByPowerOfTwo(scaled, -exponent) : scaled;
}
