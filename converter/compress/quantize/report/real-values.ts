import { quantizeReal } from '../../../ops/quantized.ts';
import { scaleAt, zeroPointAt } from '../../../tensor/quantization.ts';
import { numericData, storeElement, type Tensor, type TensorType, zeros } from '../../../tensor/tensor.ts';

/** The real numbers that a tensor stands for. */
export function realValues(tensor: Tensor): Float64Array {
  const { quantization } = tensor.type;
  const data = Float64Array.from(numericData(tensor));
  if (quantization.kind !== 'per-tensor') return data;
  const [scale, zero] = [scaleAt(quantization, 0), zeroPointAt(quantization, 0)];
  return data.map((stored) => (stored - zero) * scale);
}

/** A real tensor as one of `type`: stored integers, or what it is. */
export function storedTensor(tensor: Tensor, type: TensorType): Tensor {
  if (type.quantization.kind === 'none') return tensor;
  const stored = zeros(type);
  for (const [i, value] of numericData(tensor).entries()) storeElement(stored.data, i, quantizeReal(value, type));
  return stored;
}
