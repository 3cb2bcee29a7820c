import { at } from '../../../../ops/definition.ts';

/** How Resize of the ONNX specification finds and weighs input elements; the same for every axis. */
export interface ResizeRule {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly transform: Transform;
  /** `simple` is that of Upsample and Resize 10: rounded down, but up where the axis shrinks. */
  readonly nearest: NearestMode;
  readonly cubicA: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

export const transforms = [
  'half_pixel',
  'half_pixel_symmetric',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
  'tf_half_pixel_for_nn',
  'tf_crop_and_resize',
] as const;

export type Transform = (typeof transforms)[number];

export const nearestModes = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil', 'simple'] as const;

export type NearestMode = (typeof nearestModes)[number];

/** One axis that is resized: sizes, output / input as the file gives it, and the part of the input that tf_crop_and_resize takes. */
export interface ResizedAxis {
  readonly input: number;
  readonly output: number;
  readonly scale: number;
  readonly roi: readonly [start: number, end: number];
}

/** One input element of an axis and its weight in an output element. */
export interface Tap {
  readonly index: number;
  readonly weight: number;
}

/** What each output element of the axis is made of; null lies outside of the input, where the extrapolation value stands. */
export function resizeTaps(rule: ResizeRule, axis: ResizedAxis): (readonly Tap[] | null)[] {
  return Array.from({ length: axis.output }, (_, place) => {
    const center = coordinate(rule.transform, axis, place);
    if (rule.transform === 'tf_crop_and_resize' && (center < 0 || center > axis.input - 1)) return null;
    return tapsAt(rule, axis, center);
  });
}

/**
 * The place in the input of output element `place`, every step in float32: a place on the border between two elements would
 * else go to another one than in onnxruntime.
 */
function coordinate(transform: Transform, { input, output, scale, roi }: ResizedAxis, place: number): number {
  const f = Math.fround;
  const half = () => f(f(f(place + 0.5) / scale) - 0.5);
  switch (transform) {
    case 'half_pixel':
      return half();
    case 'pytorch_half_pixel':
      return output > 1 ? half() : 0;
    case 'half_pixel_symmetric': {
      const adjustment = f(output / f(scale * input));
      return f(f(f(input / 2) * f(1 - adjustment)) + half());
    }
    case 'align_corners':
      return output > 1 ? f(f(place * (input - 1)) / (output - 1)) : 0;
    case 'asymmetric':
      return f(place / scale);
    case 'tf_half_pixel_for_nn':
      return f(f(place + 0.5) / scale);
    case 'tf_crop_and_resize': {
      const [start, end] = roi;
      if (output === 1) return f(f(0.5 * f(start + end)) * (input - 1));
      return f(f(start * (input - 1)) + f(f(f(place * f(end - start)) * (input - 1)) / (output - 1)));
    }
  }
}

function tapsAt(rule: ResizeRule, axis: ResizedAxis, center: number): Tap[] {
  const last = axis.input - 1;
  if (rule.mode === 'nearest') {
    const nearest = nearestPlace(rule.nearest, center, axis.scale < 1);
    return [{ index: Math.max(0, Math.min(last, nearest)), weight: 1 }];
  }
  const shrink = rule.antialias ? Math.min(1, axis.scale) : 1;
  const reach = (rule.mode === 'linear' ? 1 : 2) / shrink;
  const weights = new Map<number, number>();
  let total = 0;
  for (let i = Math.floor(center - reach); i <= Math.ceil(center + reach); i++) {
    const inside = Math.max(0, Math.min(last, i));
    if (rule.excludeOutside && inside !== i) continue;
    const distance = Math.abs(i - center) * shrink;
    const weight = rule.mode === 'linear' ? Math.max(0, 1 - distance) : cubicWeight(distance, rule.cubicA);
    if (weight === 0) continue;
    weights.set(inside, (weights.get(inside) ?? 0) + weight);
    total += weight;
  }
  return [...weights].map(([index, weight]) => ({ index, weight: weight / total }));
}

/** Keys, "Cubic convolution interpolation for digital image processing" (1981), with the free parameter `a`. */
function cubicWeight(distance: number, a: number): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
  return 0;
}

function nearestPlace(mode: NearestMode, center: number, shrinks: boolean): number {
  switch (mode) {
    case 'floor':
      return Math.floor(center);
    case 'ceil':
      return Math.ceil(center);
    case 'round_prefer_floor':
      return Math.ceil(center - 0.5);
    case 'round_prefer_ceil':
      return Math.floor(center + 0.5);
    case 'simple':
      return shrinks ? Math.ceil(center) : Math.trunc(center);
  }
}

/** An even pattern of picks along an axis, which a strided copy can make: index(i) = start + floor(i / repeat) * step. */
export interface EvenPicks {
  readonly start: number;
  readonly step: number;
  readonly repeat: number;
}

/** The even pattern behind a list of places, or null where there is none. */
export function evenPicks(places: readonly number[]): EvenPicks | null {
  const start = at(places, 0);
  const change = places.findIndex((place) => place !== start);
  const repeat = change < 0 ? places.length : change;
  const step = change < 0 ? 0 : at(places, change) - start;
  if (places.length % repeat !== 0) return null;
  return places.every((place, i) => place === start + Math.floor(i / repeat) * step) ? { start, step, repeat } : null;
}
