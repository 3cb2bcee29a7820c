import { integerRange, isQuantizedDType } from '../tensor/dtype.ts';
import { scaleAt } from '../tensor/quantization.ts';
import { type FixedPointMultiplier, quantizeMultiplier, type Rounding, roundHalfAway } from '../tensor/requantize.ts';
import type { TensorType } from '../tensor/tensor.ts';
import type { Clamp } from './definition.ts';

/** Bounds of the stored integer. */
export interface IntegerBounds {
  readonly min: number;
  readonly max: number;
}

/**
 * The factors from accumulator to output, one per output channel: inputScale * weightScale / outputScale.
 *
 * Weights with per-channel parameters use the product in double precision (TFLite `PopulateConvolutionQuantizationParams`);
 * weights with one scale use the product rounded to float32 (`GetQuantizedConvolutionMultipler`). The two can differ in
 * the last bits of the multiplier, so the front end chooses the kind that the original kernel would use.
 */
export function accumulatorFactors(
  input: TensorType,
  weights: TensorType,
  output: TensorType,
  channels: number,
  rounding: Rounding,
): FixedPointMultiplier[] {
  const inputScale = scaleAt(input.quantization, 0);
  const outputScale = scaleAt(output.quantization, 0);
  return Array.from({ length: channels }, (_, channel) => {
    const weightScale = scaleAt(weights.quantization, channel);
    const product = inputScale * weightScale;
    // onnxruntime `qlinearconv.cc`: product and quotient of float32 numbers.
    if (rounding === 'float') return quantizeMultiplier(Math.fround(Math.fround(product) / outputScale), rounding);
    const single = weights.quantization.kind === 'per-tensor';
    return quantizeMultiplier((single ? Math.fround(product) : product) / outputScale, rounding);
  });
}

/**
 * The stored integer for a real value: zero point + round(real / scale), saturated. Float32 division and ties away from
 * zero, as TFLite `AffineQuantize`. `type` is quantized per tensor; NaN gives the zero point.
 */
export function quantizeReal(real: number, type: TensorType): number {
  if (!isQuantizedDType(type.dtype) || type.quantization.kind !== 'per-tensor') {
    throw new TypeError(`${type.dtype} is not a per-tensor quantized type`);
  }
  const { scale, zeroPoint } = type.quantization;
  const steps = roundHalfAway(Math.fround(real / scale));
  return clampTo(zeroPoint + (Number.isNaN(steps) ? 0 : steps), integerRange[type.dtype]);
}

/** The clamp in stored integers of `type`. TFLite `CalculateActivationRangeQuantized`: float32 division, round half away. */
export function integerClamp(clamp: Clamp, type: TensorType): IntegerBounds {
  if (!isQuantizedDType(type.dtype) || type.quantization.kind !== 'per-tensor') {
    throw new TypeError(`${type.dtype} is not a per-tensor quantized type`);
  }
  const range = integerRange[type.dtype];
  const { scale, zeroPoint } = type.quantization;
  const quantize = (real: number) => zeroPoint + roundHalfAway(Math.fround(real / scale));
  return {
    min: clamp.min === Number.NEGATIVE_INFINITY ? range.min : Math.max(range.min, quantize(clamp.min)),
    max: clamp.max === Number.POSITIVE_INFINITY ? range.max : Math.min(range.max, quantize(clamp.max)),
  };
}

/** min(max(value, bounds.min), bounds.max) */
export function clampTo(value: number, bounds: { readonly min: number; readonly max: number }): number {
  return Math.min(Math.max(value, bounds.min), bounds.max);
}
