import { allocate, type TensorData } from '../../tensor/dtype.ts';
import type { Quantization } from '../../tensor/quantization.ts';
import { dimension, elementCount } from '../../tensor/shape.ts';
import type { Tensor, TensorType } from '../../tensor/tensor.ts';

/** The type with `removed` entries of `axis` gone, per-channel quantization along that axis included. */
export function sliceType(type: TensorType, axis: number, removed: readonly boolean[]): TensorType {
  const kept = removed.filter((gone) => !gone).length;
  const position = axis < 0 ? axis + type.shape.length : axis;
  return {
    dtype: type.dtype,
    shape: type.shape.with(position, kept),
    quantization: sliceQuantization(type.quantization, position, removed),
  };
}

function sliceQuantization(quantization: Quantization, axis: number, removed: readonly boolean[]): Quantization {
  if (quantization.kind !== 'per-channel' || quantization.axis !== axis) return quantization;
  const keep = (_: number, channel: number) => removed[channel] !== true;
  return {
    ...quantization,
    scales: quantization.scales.filter(keep),
    zeroPoints: quantization.zeroPoints.filter(keep),
  };
}

/** The tensor with `removed` entries of `axis` gone. */
export function sliceTensor(tensor: Tensor, axis: number, removed: readonly boolean[]): Tensor {
  if (!removed.includes(true)) return tensor;
  const type = sliceType(tensor.type, axis, removed);
  const position = axis < 0 ? axis + tensor.type.shape.length : axis;
  const channels = dimension(tensor.type.shape, position);
  const inner = elementCount(tensor.type.shape.slice(position + 1));
  const data: TensorData = allocate(tensor.type.dtype, elementCount(type.shape));
  let next = 0;
  tensor.data.forEach((element: number | bigint, i: number) => {
    if (removed[Math.floor(i / inner) % channels] !== true) data[next++] = element as never;
  });
  return { type, data };
}
