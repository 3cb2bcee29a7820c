import { integerRange } from '../../tensor/dtype.ts';
import type { Quantization } from '../../tensor/quantization.ts';
import type { Range } from './statistics/tensor-statistics.ts';

/** How a computed tensor is stored: int8 with a zero point, int16 around zero (TFLite 16x8), or left as it is. */
export type ActivationFormat = 'int8' | 'int16' | 'float32';

export type IntegerFormat = Exclude<ActivationFormat, 'float32'>;

/**
 * What can be asked of a layer: int8 and int16 say how it computes, on int8 weights; int4 is int8 with weights of 4 bits; float16 computes
 * with real numbers, on weights that are kept as float16.
 */
export const numberFormats = ['int4', 'int8', 'int16', 'float16', 'float32'] as const;

export type NumberFormat = (typeof numberFormats)[number];

/** How a layer of that format stores what it computes. */
export function activationsOf(format: NumberFormat): ActivationFormat {
  if (format === 'int4') return 'int8';
  return format === 'float16' ? 'float32' : format;
}

/** Scale and zero point of a computed tensor. */
export type Encoding = Extract<Quantization, { readonly kind: 'per-tensor' }>;

/** The smallest scale, so that factors between tensors stay within what fixed-point multipliers hold. */
const smallestScale = 2 ** -24;

/**
 * Scale and zero point for values in `range`, widened to hold 0, which must be exact: padding and ReLU use it (TFLite 8-bit quantization
 * specification). int16 has a zero point of 0.
 */
export function encodingOf(range: Range, format: IntegerFormat): Encoding {
  const [min, max] = [Math.min(0, range.min), Math.max(0, range.max)];
  const limits = integerRange[format];
  if (format === 'int16') return encoding(Math.max(-min, max) / limits.max, 0);
  const scale = floatScale((max - min) / 255);
  const zeroPoint = Math.round(limits.min - min / scale);
  return encoding(scale, Math.max(limits.min, Math.min(limits.max, zeroPoint)));
}

/** The values that an encoding can hold. */
export function rangeOf({ scale, zeroPoint }: Encoding, format: IntegerFormat): Range {
  const { min, max } = integerRange[format];
  return { min: (min - zeroPoint) * scale, max: (max - zeroPoint) * scale };
}

/** `value` after quantization and back: to nearest, saturated. */
export function fakeQuantize(value: number, { scale, zeroPoint }: Encoding, format: IntegerFormat): number {
  const { min, max } = integerRange[format];
  const stored = Math.max(min, Math.min(max, Math.round(value / scale) + zeroPoint));
  return (stored - zeroPoint) * scale;
}

export function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

function encoding(scale: number, zeroPoint: number): Encoding {
  return { kind: 'per-tensor', scale: floatScale(scale), zeroPoint };
}

/** A float32 number above 0; a tensor of zeros only has scale 1 and is exact. */
function floatScale(scale: number): number {
  return scale === 0 ? 1 : Math.fround(Math.max(smallestScale, scale));
}
