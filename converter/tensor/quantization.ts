/**
 * Affine quantization: real = scale * (quantized - zeroPoint).
 * Scales are float32 values, as in the TFLite 8-bit quantization specification.
 */
export type Quantization =
  | { readonly kind: 'none' }
  | { readonly kind: 'per-tensor'; readonly scale: number; readonly zeroPoint: number }
  | {
      readonly kind: 'per-channel';
      readonly axis: number;
      readonly scales: readonly number[];
      readonly zeroPoints: readonly number[];
    };

export const notQuantized: Quantization = { kind: 'none' };

export function perTensor(scale: number, zeroPoint: number): Quantization {
  return { kind: 'per-tensor', scale, zeroPoint };
}

/** Scale of channel `index`; per-tensor parameters hold for every channel. Throws RangeError without parameters. */
export function scaleAt(quantization: Quantization, index: number): number {
  if (quantization.kind === 'per-tensor') return quantization.scale;
  const scale = quantization.kind === 'per-channel' ? quantization.scales[index] : undefined;
  if (scale === undefined) throw new RangeError(`no scale for channel ${index}`);
  return scale;
}

/** Zero point of channel `index`, see {@link scaleAt}. */
export function zeroPointAt(quantization: Quantization, index: number): number {
  if (quantization.kind === 'per-tensor') return quantization.zeroPoint;
  const zeroPoint = quantization.kind === 'per-channel' ? quantization.zeroPoints[index] : undefined;
  if (zeroPoint === undefined) throw new RangeError(`no zero point for channel ${index}`);
  return zeroPoint;
}

export function quantizationsEqual(a: Quantization, b: Quantization): boolean {
  if (a.kind === 'none' || b.kind === 'none') return a.kind === b.kind;
  if (a.kind === 'per-tensor' || b.kind === 'per-tensor') {
    return a.kind === 'per-tensor' && b.kind === 'per-tensor' && a.scale === b.scale && a.zeroPoint === b.zeroPoint;
  }
  return (
    a.axis === b.axis &&
    a.scales.length === b.scales.length &&
    a.scales.every((scale, i) => scale === b.scales[i]) &&
    a.zeroPoints.every((zeroPoint, i) => zeroPoint === b.zeroPoints[i])
  );
}
