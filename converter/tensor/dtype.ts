/** Element types of tensors. */
export type DType =
  | 'float32'
  | 'float16'
  | 'float64'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool';

/** The typed array that holds elements of each dtype; float16 is kept as its bit pattern, bool as 0 or 1. */
export interface TypedArrayOf {
  float32: Float32Array;
  float16: Uint16Array;
  float64: Float64Array;
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

export type TensorData = TypedArrayOf[DType];

/** Elements that are bigints: int64 and uint64. */
export type BigData = BigInt64Array | BigUint64Array;

/** Elements that are numbers. */
export type NumberData = Exclude<TensorData, BigData>;

export function isBigData(data: TensorData): data is BigData {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

/** Element size in bytes. */
export const dtypeBytes: { readonly [D in DType]: number } = {
  float32: 4,
  float16: 2,
  float64: 8,
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

/** Smallest and largest value of the integer dtypes that quantization uses. */
export const integerRange = {
  int8: { min: -128, max: 127 },
  uint8: { min: 0, max: 255 },
  int16: { min: -32768, max: 32767 },
  int32: { min: -2147483648, max: 2147483647 },
} as const;

export type QuantizedDType = keyof typeof integerRange;

export function isQuantizedDType(dtype: DType): dtype is QuantizedDType {
  return dtype in integerRange;
}

const constructors: { readonly [D in DType]: new (buffer: ArrayBuffer) => TypedArrayOf[D] } = {
  float32: Float32Array,
  float16: Uint16Array,
  float64: Float64Array,
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

/** A zeroed typed array for `count` elements of `dtype`. */
export function allocate<D extends DType>(dtype: D, count: number): TypedArrayOf[D] {
  return new constructors[dtype](new ArrayBuffer(count * dtypeBytes[dtype]));
}

/** A copy of little-endian `bytes` as elements of `dtype`; the view may start at any address. */
export function fromBytes<D extends DType>(dtype: D, bytes: Uint8Array): TypedArrayOf[D] {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return new constructors[dtype](copy);
}

/** The little-endian bytes of `data`, as a view without a copy. */
export function toBytes(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
