import { describe, expect, it } from 'vitest';
import { randomTensor } from '../converter/random-inputs.ts';
import type { DType } from '../converter/tensor/dtype.ts';
import { perTensor } from '../converter/tensor/quantization.ts';
import { tensorType } from '../converter/tensor/tensor.ts';

const numbers = (dtype: DType, seed: number, quantized = false): number[] => {
  const type = quantized ? tensorType(dtype, [2000], perTensor(0.5, 0)) : tensorType(dtype, [2000]);
  return Array.from(randomTensor(type, seed).data, Number);
};

describe('randomTensor', () => {
  it('is the same for the same seed only', () => {
    expect(numbers('int8', 1)).toEqual(numbers('int8', 1));
    expect(numbers('int8', 1)).not.toEqual(numbers('int8', 2));
  });

  it.each([
    ['int8', true, -128, 127],
    ['uint8', true, 0, 255],
    ['bool', false, 0, 1],
    ['int32', false, 0, 3],
    ['int64', false, 0, 3],
  ] as const)('%s covers its range', (dtype, quantized, min, max) => {
    const values = numbers(dtype, 7, quantized);
    expect([Math.min(...values), Math.max(...values)]).toEqual([min, max]);
  });

  it('floats lie in [-1, 1) on both sides of 0', () => {
    const values = numbers('float32', 3);
    expect(values.every((value) => value >= -1 && value < 1)).toBe(true);
    expect(values.filter((value) => value < 0).length).toBeGreaterThan(800);
    expect(values.filter((value) => value > 0).length).toBeGreaterThan(800);
  });
});
