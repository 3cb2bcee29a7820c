import { type DType, fromBytes } from '../../tensor/dtype.ts';
import { elementCount } from '../../tensor/shape.ts';
import { type Tensor, tensorType } from '../../tensor/tensor.ts';
import type { OnnxDtype, OnnxTensor } from './format/model.ts';

const dtypes: { readonly [D in OnnxDtype]?: DType } = {
  float: 'float32',
  float16: 'float16',
  int8: 'int8',
  uint8: 'uint8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  bool: 'bool',
};

/** Our dtype for an element type of the file, or null where there is none. */
export function internalDtype(dtype: OnnxDtype | 'not a tensor'): DType | null {
  return dtype === 'not a tensor' ? null : (dtypes[dtype] ?? null);
}

/**
 * A tensor of the file as a constant of ours, or null where we have no such dtype. Copies the bytes. Elements of 4 bits become elements
 * of 8 bits.
 */
export function internalTensor(tensor: OnnxTensor): Tensor | null {
  if (tensor.bytes !== null && (tensor.dtype === 'int4' || tensor.dtype === 'uint4')) {
    const isSigned = tensor.dtype === 'int4';
    const data = unpackNibbles(tensor.bytes, elementCount(tensor.shape), isSigned);
    return { type: tensorType(isSigned ? 'int8' : 'uint8', tensor.shape), data };
  }
  const dtype = internalDtype(tensor.dtype);
  if (dtype === null || tensor.bytes === null) return null;
  const data = fromBytes(dtype, tensor.bytes);
  if (dtype === 'bool') for (let i = 0; i < data.length; i++) data[i] = data[i] === 0 ? 0 : 1;
  return { type: tensorType(dtype, tensor.shape), data };
}

/** Two elements in a byte, the first one in the low half (onnx.proto, TensorProto.int32_data). */
function unpackNibbles(bytes: Uint8Array, count: number, isSigned: boolean): Int8Array | Uint8Array {
  const data = isSigned ? new Int8Array(count) : new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const nibble = ((bytes[i >> 1] ?? 0) >> (i % 2 === 0 ? 0 : 4)) & 15;
    data[i] = isSigned && nibble > 7 ? nibble - 16 : nibble;
  }
  return data;
}
