import { type DType, fromBytes, isQuantizedDType, type TensorData } from '../../tensor/dtype.ts';
import { unpackInt4 } from '../../tensor/int4.ts';
import { notQuantized, perTensor, type Quantization } from '../../tensor/quantization.ts';
import { elementCount } from '../../tensor/shape.ts';
import { type Tensor, type TensorType, tensorType } from '../../tensor/tensor.ts';
import type { TfliteDtype } from './format/dtype.ts';
import type { TfliteQuantization, TfliteTensor } from './format/model.ts';

const dtypes: ReadonlyMap<TfliteDtype, DType> = new Map([
  ['float32', 'float32'],
  ['float16', 'float16'],
  ['int8', 'int8'],
  ['uint8', 'uint8'],
  ['int16', 'int16'],
  ['uint16', 'uint16'],
  ['int32', 'int32'],
  ['uint32', 'uint32'],
  ['int64', 'int64'],
  ['bool', 'bool'],
]);

/**
 * The type of a file tensor exactly as the file has it, or null where we have no such dtype. Scales on floats and on 64-bit
 * integers mean nothing and are left out.
 */
export function fileType(tensor: TfliteTensor): TensorType | null {
  const dtype = dtypes.get(tensor.dtype);
  if (dtype === undefined) return null;
  return tensorType(dtype, tensor.shape, isQuantizedDType(dtype) ? quantizationOf(tensor.quantization) : notQuantized);
}

/** {@link fileType} of a constant: int4 numbers are int8 ones. */
export function constantType(tensor: TfliteTensor): TensorType | null {
  return fileType(tensor.dtype === 'int4' ? { ...tensor, dtype: 'int8' } : tensor);
}

/**
 * The type that a tensor has inside the graph: quantized uint8 becomes int8 with the zero point less 128, which is the
 * same real numbers (stored values XOR 0x80).
 */
export function internalType(type: TensorType): TensorType {
  if (!isQuantizedUint8(type)) return type;
  return { dtype: 'int8', shape: type.shape, quantization: shiftZeroPoints(type.quantization) };
}

export function isQuantizedUint8(type: TensorType): boolean {
  return type.dtype === 'uint8' && type.quantization.kind !== 'none';
}

/** The constant of a file tensor of that element type as the graph sees it. Copies the bytes. */
export function internalConstant(type: TensorType, bytes: Uint8Array, fileDtype: TfliteDtype): Tensor {
  if (fileDtype === 'int4') return { type, data: unpackInt4(bytes, elementCount(type.shape)) };
  const data: TensorData = fromBytes(type.dtype, bytes);
  if (!isQuantizedUint8(type)) return { type, data };
  return { type: internalType(type), data: Int8Array.from(data as Uint8Array, (x) => x - 128) };
}

function quantizationOf(quantization: TfliteQuantization): Quantization {
  if (quantization.kind !== 'affine') return notQuantized;
  const { scales, zeroPoints, axis } = quantization;
  const [scale, ...others] = scales;
  if (scale === undefined) return notQuantized;
  if (others.length === 0) return perTensor(scale, zeroPoints[0] ?? 0);
  return { kind: 'per-channel', axis, scales, zeroPoints };
}

function shiftZeroPoints(quantization: Quantization): Quantization {
  if (quantization.kind === 'none') return quantization;
  if (quantization.kind === 'per-tensor') return perTensor(quantization.scale, quantization.zeroPoint - 128);
  return { ...quantization, zeroPoints: quantization.zeroPoints.map((zeroPoint) => zeroPoint - 128) };
}
