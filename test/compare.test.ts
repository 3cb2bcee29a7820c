import { describe, expect, it } from 'vitest';
import { compareTensors } from '../converter/compare.ts';
import { notQuantized } from '../converter/tensor/quantization.ts';
import { type Tensor, tensorType } from '../converter/tensor/tensor.ts';

const int8 = (...data: number[]): Tensor => ({ type: tensorType('int8', [data.length]), data: Int8Array.from(data) });
const float = (...data: number[]): Tensor => {
  return { type: tensorType('float32', [data.length], notQuantized), data: Float32Array.from(data) };
};

describe('compareTensors', () => {
  it('takes integers to the bit', () => {
    expect(compareTensors(int8(1, 2, 3), int8(1, 2, 3)).difference).toBeNull();
    const { difference, largestError } = compareTensors(int8(1, 2, 3, 4), int8(1, 3, 3, 8));
    expect(difference).toEqual({ index: 1, expected: 2, actual: 3, count: 2 });
    expect(largestError).toBe(4);
  });

  it('takes floats within 1e-4 of the largest expected value', () => {
    expect(compareTensors(float(10, 0), float(10, 0.0009)).difference).toBeNull();
    expect(compareTensors(float(10, 0), float(10, 0.0011)).difference).toMatchObject({ index: 1, count: 1 });
    expect(compareTensors(float(0, 0), float(0, 1e-30)).difference).not.toBeNull();
  });

  it('knows NaN and infinities', () => {
    expect(compareTensors(float(Number.NaN, 1), float(Number.NaN, 1)).difference).toBeNull();
    expect(
      compareTensors(float(Number.POSITIVE_INFINITY, 1), float(Number.POSITIVE_INFINITY, 1)).difference,
    ).toBeNull();
    expect(compareTensors(float(1, 1), float(1, Number.NaN)).difference?.index).toBe(1);
    expect(compareTensors(float(1, 1), float(1, Number.POSITIVE_INFINITY)).difference?.index).toBe(1);
    expect(compareTensors(float(Number.POSITIVE_INFINITY), float(Number.NEGATIVE_INFINITY)).difference).not.toBeNull();
  });

  it('tells 64-bit integers apart beyond 2^53', () => {
    const int64 = (value: bigint): Tensor => ({ type: tensorType('int64', [1]), data: BigInt64Array.of(value) });
    expect(compareTensors(int64(2n ** 60n), int64(2n ** 60n)).difference).toBeNull();
    expect(compareTensors(int64(2n ** 60n), int64(2n ** 60n + 1n)).difference).not.toBeNull();
  });

  it('refuses tensors of different kinds', () => {
    expect(() => compareTensors(int8(1), float(1))).toThrow(RangeError);
    expect(() => compareTensors(int8(1), int8(1, 2))).toThrow(RangeError);
  });
});
