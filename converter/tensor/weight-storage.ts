import { float16ToNumber, numberToFloat16 } from './float16.ts';
import type { Int4Storage } from './int4.ts';
import type { Shape } from './shape.ts';

/** How a float32 constant is kept in fewer bytes. */
export type FloatStorage =
  /** IEEE 754 binary16. */
  | { readonly kind: 'float16' }
  /** A signed byte times the float32 scale of its place along `axis`, rounded to float32. */
  | { readonly kind: 'int8'; readonly axis: number; readonly scales: Float32Array };

/**
 * How a constant is kept in fewer bytes: one of float32, or int8 weights in four bits. Its elements are numbers that this form holds
 * exactly, so what comes out again is what the graph says.
 */
export type WeightStorage = FloatStorage | Int4Storage;

export type FloatStorageKind = FloatStorage['kind'];

/** Numbers rounded to what a storage holds. */
export interface StoredWeights {
  readonly data: Float32Array;
  readonly storage: FloatStorage;
}

/** The nearest float16 of each number; null where one of them is not finite or becomes infinite. */
export function asFloat16(data: Float32Array): StoredWeights | null {
  const rounded = data.map((value) => float16ToNumber(numberToFloat16(value)));
  return rounded.every(Number.isFinite) ? { data: rounded, storage: { kind: 'float16' } } : null;
}

/**
 * The nearest multiples of a scale for each place along `axis`: the largest magnitude there becomes 127. Null where a number is
 * not finite.
 */
export function asInt8(data: Float32Array, shape: Shape, axis: number): StoredWeights | null {
  const scales = new Float32Array(shape[axis] ?? 1);
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i] ?? 0);
    if (!Number.isFinite(size)) return null;
    const place = placeOf(i, shape, axis);
    scales[place] = Math.max(scales[place] ?? 0, size);
  }
  for (let place = 0; place < scales.length; place++) scales[place] = (scales[place] ?? 0) / 127;
  const rounded = data.map((value, i) => {
    const scale = scales[placeOf(i, shape, axis)] ?? 0;
    return scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(value / scale))) * scale + 0;
  });
  return { data: rounded, storage: { kind: 'int8', axis, scales } };
}

/** The place along `axis` of element `index` of a tensor in row-major order. */
export function placeOf(index: number, shape: Shape, axis: number): number {
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  return Math.floor(index / inner) % (shape[axis] ?? 1);
}

/** Bytes of a constant of that many elements as it is kept, without the words that describe it. */
export function storedBytes(storage: WeightStorage, elements: number): number {
  switch (storage.kind) {
    case 'float16':
      return 2 * elements;
    case 'int8':
      return elements + storage.scales.byteLength;
    case 'int4':
      return Math.ceil(elements / 2) + storage.multipliers.length;
    default:
      return storage satisfies never;
  }
}

/** `5 layers in int4, groups of 32`, for each way that there is; empty without. */
export function storageTexts(all: Iterable<WeightStorage>): readonly string[] {
  const counts = new Map<string, number>();
  for (const storage of all) {
    const name = storageText(storage);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${count} ${count === 1 ? 'layer' : 'layers'} in ${name}`);
}

/** `int4, groups of 32`. */
export function storageText(storage: WeightStorage): string {
  return storage.kind === 'int4' && storage.group !== null ? `int4, groups of ${storage.group}` : storage.kind;
}
