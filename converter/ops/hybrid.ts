import { roundHalfAway } from '../tensor/requantize.ts';
import { at } from './definition.ts';

/**
 * How float32 inputs meet int8 weights: every batch of the input is quantized at run time, with a zero point
 * (`asymmetric`: TFLite convolutions with per-channel weights, all depthwise ones, and fully connected layers that ask for
 * it) or around zero (`symmetric`: everything else). `none`: the operator is not hybrid.
 */
export type HybridMode = 'none' | 'asymmetric' | 'symmetric';

/** int8 inputs with one scale and zero point per batch: real = scale * (value - zeroPoint). */
export interface QuantizedBatches {
  readonly values: Int8Array;
  readonly scales: Float32Array;
  readonly zeroPoints: Int32Array;
}

/** Quantizes `batches` equal parts of `values` one by one. */
export function quantizeBatches(values: Float32Array, batches: number, mode: HybridMode): QuantizedBatches {
  const result = {
    values: new Int8Array(values.length),
    scales: new Float32Array(batches),
    zeroPoints: new Int32Array(batches),
  };
  const size = values.length / batches;
  for (let batch = 0; batch < batches; batch++) {
    const part = values.subarray(batch * size, (batch + 1) * size);
    const { scale, zeroPoint, stored } = mode === 'symmetric' ? quantizeSymmetric(part) : quantizeAsymmetric(part);
    result.values.set(stored, batch * size);
    result.scales[batch] = scale;
    result.zeroPoints[batch] = zeroPoint;
  }
  return result;
}

interface QuantizedBatch {
  readonly stored: Int8Array;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** TFLite `PortableSymmetricQuantizeFloats`: -127 ... 127. */
function quantizeSymmetric(values: Float32Array): QuantizedBatch {
  const range = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  if (range === 0) return { stored: new Int8Array(values.length), scale: 1, zeroPoint: 0 };
  const inverse = Math.fround(127 / range);
  const stored = Int8Array.from(values, (value) =>
    Math.max(-127, Math.min(127, roundHalfAway(Math.fround(value * inverse)))),
  );
  return { stored, scale: Math.fround(range / 127), zeroPoint: 0 };
}

/** TFLite `PortableAsymmetricQuantizeFloats`: the zero point comes from the end of the range with the smaller error. */
function quantizeAsymmetric(values: Float32Array): QuantizedBatch {
  const min = values.reduce((a, b) => Math.min(a, b), 0);
  const max = values.reduce((a, b) => Math.max(a, b), 0);
  if (min === max) return { stored: new Int8Array(values.length), scale: 1, zeroPoint: 0 };
  const scale = (max - min) / 255;
  const fromMin = -128 - min / scale;
  const fromMax = 127 - max / scale;
  const nearer = 128 + Math.abs(min / scale) < 127 + Math.abs(max / scale) ? fromMin : fromMax;
  const zeroPoint = Math.max(-128, Math.min(127, roundHalfAway(nearer)));
  const inverse = Math.fround(1 / Math.fround(scale));
  const stored = Int8Array.from(values, (value) =>
    Math.max(-128, Math.min(127, roundHalfAway(Math.fround(zeroPoint + Math.fround(value * inverse))))),
  );
  return { stored, scale: Math.fround(scale), zeroPoint };
}

/** The float32 result of a hybrid sum of products `sum` of which the weights alone add up to `weightSum`. */
export function hybridResult(
  batches: QuantizedBatches,
  batch: number,
  sum: number,
  weightSum: number,
  weightScale: number,
): number {
  const exact = Math.fround(sum - at(batches.zeroPoints, batch) * weightSum);
  return Math.fround(Math.fround(exact * weightScale) * at(batches.scales, batch));
}
