import { roundHalfAway } from '../../../tensor/requantize.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import { dataAs, type Tensor, type TensorType, tensorType } from '../../../tensor/tensor.ts';

/** Weights as integers with a scale for each output channel: real = scale * integer. */
export interface StoredWeights {
  readonly data: Int8Array;
  readonly scales: readonly number[];
}

/** How float weights become integers. `leastScales` says how small the scale of each channel may be, so that its bias fits int32. */
export type StoreWeights = (weights: Tensor, axis: number, leastScales: readonly number[]) => StoredWeights;

/** Largest size of a stored weight: symmetric, so that the sum of products stays small (TFLite 8-bit quantization specification). */
export const weightLimit = 127;

/** The position of each element's output channel. */
export function channelIndex({ shape }: TensorType, axis: number): (element: number) => number {
  const channels = dimension(shape, axis);
  const inner = elementCount(shape.slice(axis + 1));
  return (element) => Math.floor(element / inner) % channels;
}

/** Scale of each channel: its largest weight becomes `limit`. Channels of zeros take the largest scale of the others. */
export function weightScales(
  weights: Tensor,
  axis: number,
  limit: number,
  leastScales: readonly number[],
): readonly number[] {
  const data = dataAs(weights, 'float32');
  const channelOf = channelIndex(weights.type, axis);
  const largest = new Float64Array(dimension(weights.type.shape, axis));
  data.forEach((value, i) => {
    const c = channelOf(i);
    largest[c] = Math.max(largest[c] ?? 0, Math.abs(value));
  });
  const whole = largest.reduce((a, b) => Math.max(a, b), 0);
  return Array.from(largest, (size, c) => {
    const fit = (size === 0 ? (whole === 0 ? 1 : whole) : size) / limit;
    return Math.fround(Math.max(fit, leastScales[c] ?? 0, 2 ** -60));
  });
}

/** The tensor of stored weights. */
export function weightTensor(stored: StoredWeights, type: TensorType, axis: number): Tensor {
  const zeroPoints = stored.scales.map(() => 0);
  const quantization = { kind: 'per-channel', axis, scales: stored.scales, zeroPoints } as const;
  return { type: tensorType('int8', type.shape, quantization), data: stored.data };
}

/** Smallest scale of the weights of each channel with which its bias fits int32 with room for the products. */
export function leastWeightScales(bias: Tensor, inputScale: number): readonly number[] {
  return Array.from(dataAs(bias, 'float32'), (value) => Math.abs(value) / (inputScale * 2 ** 30));
}

/** The bias in units of the products. */
export function storedBias(bias: Tensor, inputScale: number, weights: StoredWeights): Tensor {
  const scales = weights.scales.map((scale) => inputScale * scale);
  const data = Int32Array.from(dataAs(bias, 'float32'), (value, c) => roundHalfAway(value / (scales[c] ?? 1)));
  const quantization = { kind: 'per-channel', axis: 0, scales, zeroPoints: scales.map(() => 0) } as const;
  return { type: tensorType('int32', bias.type.shape, quantization), data };
}
