/** Element types that the readers know; the model itself knows fewer, see {@link InputDType}. */
export type SampleType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool';

/** The typed array of each element type: float16 is kept as its bit pattern, bool as 0 or 1. */
export interface SampleDataOf {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
}

export type SampleData = SampleDataOf[SampleType];

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
export const sampleTypeBytes: { readonly [T in SampleType]: number } = {
  float32: 4,
  float64: 8,
  float16: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  bool: 1,
};

const constructors: { readonly [T in SampleType]: new (buffer: ArrayBuffer) => SampleDataOf[T] } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

/** A zeroed typed array for `count` elements. */
export function allocateSampleData<T extends SampleType>(dtype: T, count: number): SampleDataOf[T] {
  return new constructors[dtype](new ArrayBuffer(count * sampleTypeBytes[dtype]));
}

/**
 * A copy of `bytes` as elements of `dtype`. Bytes are little-endian unless `bigEndian`; they may start at any address.
 * Throws RangeError where the length is not a whole number of elements.
 */
export function sampleDataFromBytes<T extends SampleType>(
  dtype: T,
  bytes: Uint8Array,
  bigEndian = false,
): SampleDataOf[T] {
  const copy = new Uint8Array(bytes);
  if (bigEndian) reverseEach(copy, sampleTypeBytes[dtype]);
  return new constructors[dtype](copy.buffer);
}

function reverseEach(bytes: Uint8Array, width: number): void {
  for (let at = 0; width > 1 && at + width <= bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** The little-endian bytes of `data`, as a view without a copy. */
export function sampleDataBytes(data: SampleData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

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
