import type { DType, NumberData } from '../tensor/dtype.ts';
import { float16ToNumber, numberToFloat16 } from '../tensor/float16.ts';
import { numericData, type Tensor, type TensorType } from '../tensor/tensor.ts';

/**
 * How elements are computed with: as real numbers, as whole numbers that wrap around at the width of their dtype, or as stored
 * integers that stand for real numbers. Bools are whole numbers 0 and 1.
 */
export type Arithmetic = 'real' | 'whole' | 'quantized';

/** Scales left on 32 bits mean nothing to elementwise operators, so int32 is whole either way. */
export function arithmeticOf({ dtype, quantization }: TensorType): Arithmetic {
  if (dtype.startsWith('float')) return 'real';
  const mayBeStored = dtype === 'int8' || dtype === 'uint8' || dtype === 'int16';
  return mayBeStored && quantization.kind !== 'none' ? 'quantized' : 'whole';
}

/** What is wrong where some of `types` are quantized and others are not, or scales are one per channel. */
export function oneArithmetic(types: readonly TensorType[]): string[] {
  const stored = types.filter((type) => arithmeticOf(type) === 'quantized');
  const bare = types.find((type) => arithmeticOf(type) !== 'quantized');
  if (stored.length === 0) return [];
  if (bare !== undefined || stored.some(({ quantization }) => quantization.kind !== 'per-tensor')) {
    return [`${(bare ?? stored[0])?.dtype ?? ''} tensors need one scale and zero point`];
  }
  return [];
}

/** A real number rounded to the precision of a dtype; float16 is rounded when it is stored. */
export function roundingOf(dtype: DType): (value: number) => number {
  return dtype === 'float64' ? (value) => value : Math.fround;
}

/**
 * What is wrong with a function of float16 that has to round. Runtimes round such results at different places, often for several
 * operators at once, so that there is no one answer; what picks or keeps numbers is exact everywhere.
 */
export function halfViolations({ dtype }: TensorType, isExact: boolean, name: string): string[] {
  return dtype === 'float16' && !isExact ? [`${name} of float16 is rounded differently everywhere; use float32`] : [];
}

/** The elements of a real tensor as numbers. */
export function realElements(tensor: Tensor): NumberData {
  const data = numericData(tensor);
  return tensor.type.dtype === 'float16' ? Float32Array.from(data, float16ToNumber) : data;
}

/** Puts `f(i)` into every element of a real tensor. */
export function fillReal(output: Tensor, f: (index: number) => number): void {
  const y = numericData(output);
  const half = output.type.dtype === 'float16';
  for (let i = 0; i < y.length; i++) y[i] = half ? numberToFloat16(f(i)) : f(i);
}
