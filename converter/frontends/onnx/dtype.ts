import { allocate, type DType, fromBytes } from '../../tensor/dtype.ts';
import { float16ToNumber } from '../../tensor/float16.ts';
import { type Tensor, tensorType } from '../../tensor/tensor.ts';
import { type OnnxDtype, type OnnxTensor, onnxDtypeBits } from './format/model.ts';

const dtypes: { readonly [D in OnnxDtype]?: DType } = {
  float: 'float32',
  float16: 'float32',
  bfloat16: 'float32',
  double: 'float32',
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

/** The dtype in which tensors of `dtype` are computed where it is another one: float32 for the other kinds of floats; else null. */
export function computedAs(dtype: OnnxDtype | 'not a tensor'): DType | null {
  return dtype === 'float16' || dtype === 'bfloat16' || dtype === 'double' ? 'float32' : null;
}

/** A tensor of the file as a constant of ours, or null where we have no such dtype. Copies the bytes. */
export function internalTensor(tensor: OnnxTensor): Tensor | null {
  const dtype = internalDtype(tensor.dtype);
  if (dtype === null || tensor.bytes === null) return null;
  const type = tensorType(dtype, tensor.shape);
  const convert = floatConversions[tensor.dtype];
  if (convert !== undefined) return { type, data: convert(tensor.bytes) };
  const data = fromBytes(dtype, tensor.bytes);
  if (dtype === 'bool') for (let i = 0; i < data.length; i++) data[i] = data[i] === 0 ? 0 : 1;
  return { type, data };
}

const largestFloat = (2 - 2 ** -23) * 2 ** 127;

/** Little-endian elements of the other kinds of floats as float32. */
const floatConversions: { readonly [D in OnnxDtype]?: (bytes: Uint8Array) => Float32Array } = {
  float16: (bytes) => mapped(fromBytes('float16', bytes), float16ToNumber),
  // The upper half of a float32.
  bfloat16: (bytes) => {
    const words = Uint32Array.from(fromBytes('float16', bytes), (half) => half * 2 ** 16);
    return new Float32Array(words.buffer);
  },
  // A number beyond the range stays finite, as the lowest number that a mask is made of must.
  double: (bytes) =>
    mapped(new Float64Array(fromBytes('uint8', bytes).buffer), (value) =>
      Number.isFinite(value) ? Math.min(largestFloat, Math.max(-largestFloat, value)) : value,
    ),
};

function mapped(values: Uint16Array | Float64Array, f: (value: number) => number): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < result.length; i++) result[i] = f(values[i] ?? 0);
  return result;
}

/** Elements of 4 or 2 bits, packed from the low bits up, as int8 or uint8 of the same values; null for other types. */
export function unpackedTensor({ dtype, shape, bytes }: OnnxTensor): Tensor | null {
  const isSigned = dtype === 'int4' || dtype === 'int2';
  if (bytes === null || (!isSigned && dtype !== 'uint4' && dtype !== 'uint2')) return null;
  const bits = onnxDtypeBits[dtype];
  const type = tensorType(isSigned ? 'int8' : 'uint8', shape);
  const data = allocate(
    type.dtype,
    shape.reduce((product, size) => product * size, 1),
  );
  const levels = 2 ** bits;
  for (let i = 0; i < data.length; i++) {
    const bit = i * bits;
    const code = ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & (levels - 1);
    data[i] = isSigned && code >= levels / 2 ? code - levels : code;
  }
  return { type, data };
}
