import {
  allocate,
  type BigData,
  type DType,
  dtypeBytes,
  isBigData,
  type NumberData,
  type TensorData,
  type TypedArrayOf,
} from './dtype.ts';
import { notQuantized, type Quantization, quantizationsEqual } from './quantization.ts';
import { elementCount, formatShape, type Shape, shapesEqual } from './shape.ts';

/** What is known of a tensor before it has data. Activations are NHWC, convolution weights OHWI. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly quantization: Quantization;
}

export interface Tensor {
  readonly type: TensorType;
  /** Row-major elements, `elementCount(type.shape)` of them. */
  readonly data: TensorData;
}

export function tensorType(dtype: DType, shape: Shape, quantization: Quantization = notQuantized): TensorType {
  return { dtype, shape, quantization };
}

export function byteSize(type: TensorType): number {
  return elementCount(type.shape) * dtypeBytes[type.dtype];
}

export function typesEqual(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && shapesEqual(a.shape, b.shape) && quantizationsEqual(a.quantization, b.quantization);
}

/** A tensor of zeros of the given type. */
export function zeros(type: TensorType): Tensor {
  return { type, data: allocate(type.dtype, elementCount(type.shape)) };
}

/** A tensor of the given type whose elements are all `value`, as they are stored. */
export function filled(type: TensorType, value: number | bigint): Tensor {
  const tensor = zeros(type);
  if (isBigData(tensor.data)) tensor.data.fill(BigInt(value));
  else tensor.data.fill(Number(value));
  return tensor;
}

/** The data of `tensor` as elements of `dtype`; throws TypeError where the tensor has another dtype. */
export function dataAs<D extends DType>(tensor: Tensor, dtype: D): TypedArrayOf[D] {
  if (tensor.type.dtype !== dtype) throw new TypeError(`expected ${dtype} data, found ${tensor.type.dtype}`);
  return tensor.data as TypedArrayOf[D];
}

/** The data as numbers; throws TypeError for int64 and uint64, whose elements are bigints. */
export function numericData({ data, type }: Tensor): NumberData {
  if (isBigData(data)) throw new TypeError(`${type.dtype} data has bigint elements`);
  return data;
}

/** The data as whole numbers of any size; throws RangeError for elements with a fraction. */
export function wholeData({ data }: Tensor): BigData {
  return isBigData(data) ? data : BigInt64Array.from(data, BigInt);
}

/** Writes `value` to element `index` as its typed array does: whole numbers wrap around. */
export function storeElement(data: TensorData, index: number, value: number | bigint): void {
  if (isBigData(data)) data[index] = BigInt(value);
  else data[index] = Number(value);
}

/** `int8 1x8x8x24 scale=0.0039 zero=-128`, exact: scales print as the shortest text that reads back. */
export function formatType(type: TensorType): string {
  const base = `${type.dtype} ${formatShape(type.shape)}`;
  const q = type.quantization;
  if (q.kind === 'none') return base;
  if (q.kind === 'per-tensor') return `${base} scale=${q.scale} zero=${q.zeroPoint}`;
  return `${base} axis=${q.axis} scales=[${q.scales.join(',')}] zeros=[${q.zeroPoints.join(',')}]`;
}
