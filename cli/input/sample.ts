import {
  allocate,
  type DType,
  dtypeBytes,
  fromBytes,
  type TensorData,
  type TypedArrayOf,
  toBytes,
} from '../../converter/tensor/dtype.ts';

/** Element types that the readers know. */
export type SampleType = DType;

/** The typed array of each element type: float16 is kept as its bit pattern, bool as 0 or 1. */
export type SampleDataOf = TypedArrayOf;

export type SampleData = TensorData;

/** One tensor as read from a file, or as written to one. `data` is row-major. */
export interface Sample {
  readonly dtype: SampleType;
  readonly shape: readonly number[];
  readonly data: SampleData;
}

/** Element types of model inputs and outputs. */
export type InputDType = SampleType;

/** What a model input wants. `scale` and `zeroPoint` are null where the tensor is not quantized. */
export interface InputSpec {
  readonly name: string;
  readonly dtype: InputDType;
  readonly shape: readonly number[];
  readonly scale: number | null;
  readonly zeroPoint: number | null;
}

/** Element size in bytes. */
export const sampleTypeBytes = dtypeBytes;

/** A zeroed typed array for `count` elements. */
export const allocateSampleData = allocate;

/**
 * A copy of `bytes` as elements of `dtype`. Bytes are little-endian unless `bigEndian`; they may start at any address.
 * Throws RangeError where the length is not a whole number of elements.
 */
export function sampleDataFromBytes<T extends SampleType>(
  dtype: T,
  bytes: Uint8Array,
  bigEndian = false,
): SampleDataOf[T] {
  if (!bigEndian) return fromBytes(dtype, bytes);
  const copy = new Uint8Array(bytes);
  reverseEach(copy, sampleTypeBytes[dtype]);
  return fromBytes(dtype, copy);
}

function reverseEach(bytes: Uint8Array, width: number): void {
  for (let at = 0; width > 1 && at + width <= bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** The little-endian bytes of `data`, as a view without a copy. */
export const sampleDataBytes = toBytes;

/** Product of the dimensions: 1 for a scalar. */
export function countElements(shape: readonly number[]): number {
  return shape.reduce((count, dimension) => count * dimension, 1);
}

/** `[1,28,28]`. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.join(',')}]`;
}

/** `int8 [1,49,10,1] scale 0.58 zero point 83`, for messages. */
export function showSpec(spec: InputSpec): string {
  const quantized = spec.scale === null ? '' : ` scale ${spec.scale} zero point ${spec.zeroPoint ?? 0}`;
  return `${spec.dtype} ${showShape(spec.shape)}${quantized}`;
}

/** Smallest and largest value of the integer types. */
export const integerLimits = {
  int8: { min: -128n, max: 127n },
  uint8: { min: 0n, max: 255n },
  int16: { min: -32768n, max: 32767n },
  uint16: { min: 0n, max: 65535n },
  int32: { min: -(2n ** 31n), max: 2n ** 31n - 1n },
  uint32: { min: 0n, max: 2n ** 32n - 1n },
  int64: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
  uint64: { min: 0n, max: 2n ** 64n - 1n },
} as const;

export type IntegerInput = keyof typeof integerLimits;

export function isIntegerInput(dtype: InputDType): dtype is IntegerInput {
  return dtype in integerLimits;
}
