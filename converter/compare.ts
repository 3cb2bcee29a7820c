import { isBigData } from './tensor/dtype.ts';
import { float16ToNumber } from './tensor/float16.ts';
import type { Tensor } from './tensor/tensor.ts';

/** Where two tensors that should be equal differ. */
export interface Difference {
  /** Flat index of the first element outside the tolerance. */
  readonly index: number;
  readonly expected: number;
  readonly actual: number;
  /** How many elements are outside. */
  readonly count: number;
}

export interface Comparison {
  /** Null where the tensors agree. */
  readonly difference: Difference | null;
  /** Largest |actual - expected|, in the tensor's own numbers; NaN against a number counts as infinite. */
  readonly largestError: number;
  /** Largest |expected|. */
  readonly largestExpected: number;
}

/** Float results may differ by this much of the largest absolute value that is expected. */
export const floatTolerance = 1e-4;

/**
 * Compares tensors of equal dtype and element count: integers to the bit, floats within
 * `tolerance` x the largest finite |expected|; equal infinities and two NaNs agree.
 */
export function compareTensors(expected: Tensor, actual: Tensor, tolerance: number = floatTolerance): Comparison {
  const [a, b] = [numbersOf(expected), numbersOf(actual)];
  if (expected.type.dtype !== actual.type.dtype || a.length !== b.length) {
    throw new RangeError(`${expected.type.dtype} x ${a.length} against ${actual.type.dtype} x ${b.length}`);
  }
  const largestExpected = largestFinite(a);
  const isFloat = expected.type.dtype.startsWith('float');
  const allowed = isFloat ? tolerance * largestExpected : 0;
  const isWide = isBigData(expected.data);
  let first = -1;
  let count = 0;
  let largestError = 0;
  for (let i = 0; i < a.length; i++) {
    const error = isWide ? wideError(expected.data[i], actual.data[i]) : errorOf(a[i] ?? 0, b[i] ?? 0);
    largestError = Math.max(largestError, error);
    if (error <= allowed) continue;
    if (first < 0) first = i;
    count++;
  }
  const difference = first < 0 ? null : { index: first, expected: a[first] ?? 0, actual: b[first] ?? 0, count };
  return { difference, largestError, largestExpected };
}

function errorOf(expected: number, actual: number): number {
  if (Object.is(expected, actual)) return 0;
  const error = Math.abs(actual - expected);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

function largestFinite(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? 0);
    if (Number.isFinite(size) && size > largest) largest = size;
  }
  return largest;
}

/** |actual - expected| of 64-bit integers, not 0 where they differ. */
function wideError(expected: number | bigint | undefined, actual: number | bigint | undefined): number {
  return Math.abs(Number(BigInt(actual ?? 0) - BigInt(expected ?? 0)));
}

/** The elements as numbers; 64-bit integers beyond 2^53 are rounded. */
function numbersOf({ type, data }: Tensor): ArrayLike<number> {
  if (isBigData(data)) return Float64Array.from(data, Number);
  return type.dtype === 'float16' ? Float64Array.from(data, float16ToNumber) : data;
}
