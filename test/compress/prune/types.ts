import { perTensor } from '../../../converter/tensor/quantization.ts';
import { byteSize, type TensorType } from '../../../converter/tensor/tensor.ts';

export { byteSize };

/** The type with a scale. */
export function perTensorType(type: TensorType): TensorType {
  return { ...type, quantization: perTensor(0.5, 0) };
}
