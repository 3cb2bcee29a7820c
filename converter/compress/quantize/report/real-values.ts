import { quantizeReal } from '../../../ops/quantized.ts';
import { scaleAt, zeroPointAt } from '../../../tensor/quantization.ts';
import { numericData, type Tensor, type TensorType, zeros } from '../../../tensor/tensor.ts';

/** The real numbers that a tensor stands for. */
export function realValues(tensor: Tensor): Float64Array {
  const { quantization } = tensor.type;
  const data = new Float64Array(numericData(tensor));
  if (quantization.kind !== 'per-tensor') return data;
  const [scale, zero] = [scaleAt(quantization, 0), zeroPointAt(quantization, 0)];
  for (let i = 0; i < data.length; i++) data[i] = ((data[i] ?? 0) - zero) * scale;
  return data;
}

/** A real tensor as one of `type`: stored integers, or what it is. */
export function storedTensor(tensor: Tensor, type: TensorType): Tensor {
  if (type.quantization.kind === 'none') return tensor;
  const stored = zeros(type);
  const [from, to] = [numericData(tensor), numericData(stored)];
  for (let i = 0; i < from.length; i++) to[i] = quantizeReal(from[i] ?? 0, type);
  return stored;
}
