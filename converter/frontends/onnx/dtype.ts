import { type DType, fromBytes } from '../../tensor/dtype.ts';
import { type Tensor, tensorType } from '../../tensor/tensor.ts';
import type { OnnxDtype, OnnxTensor } from './format/model.ts';

const dtypes: { readonly [D in OnnxDtype]?: DType } = {
  float: 'float32',
  float16: 'float16',
  double: 'float64',
  int8: 'int8',
  uint8: 'uint8',
  int16: 'int16',
  uint16: 'uint16',
  int32: 'int32',
  uint32: 'uint32',
  int64: 'int64',
  uint64: 'uint64',
  bool: 'bool',
};

/** Our dtype for an element type of the file, or null where there is none. */
export function internalDtype(dtype: OnnxDtype | 'not a tensor'): DType | null {
  return dtype === 'not a tensor' ? null : (dtypes[dtype] ?? null);
}

/** A tensor of the file as a constant of ours, or null where we have no such dtype. Copies the bytes. */
export function internalTensor(tensor: OnnxTensor): Tensor | null {
  const dtype = internalDtype(tensor.dtype);
  if (dtype === null || tensor.bytes === null) return null;
  const data = fromBytes(dtype, tensor.bytes);
  if (dtype === 'bool') for (let i = 0; i < data.length; i++) data[i] = data[i] === 0 ? 0 : 1;
  return { type: tensorType(dtype, tensor.shape), data };
}
