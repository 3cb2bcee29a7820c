import type { EnumValue } from '../../frontends/tflite/format/schema/schema.ts';
import type { DType } from '../../tensor/dtype.ts';
import type { TensorType } from '../../tensor/tensor.ts';

const codes: { readonly [D in DType]: EnumValue<'TensorType'> } = {
  float32: 'FLOAT32',
  float16: 'FLOAT16',
  float64: 'FLOAT64',
  int8: 'INT8',
  uint8: 'UINT8',
  int16: 'INT16',
  uint16: 'UINT16',
  int32: 'INT32',
  uint32: 'UINT32',
  int64: 'INT64',
  uint64: 'UINT64',
  bool: 'BOOL',
};

/** The element type in the file's words. */
export function typeCode({ dtype }: TensorType): EnumValue<'TensorType'> {
  return codes[dtype];
}
