import type { DType } from '../../../tensor/dtype.ts';
import { formatShape } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import type { TensorPlace } from '../emit-module.ts';

/** The JavaScript class that holds elements of each dtype. */
export const arrayClass: { readonly [D in DType]: string } = {
  float32: 'Float32Array',
  float16: 'Uint16Array',
  float64: 'Float64Array',
  int8: 'Int8Array',
  uint8: 'Uint8Array',
  int16: 'Int16Array',
  uint16: 'Uint16Array',
  int32: 'Int32Array',
  uint32: 'Uint32Array',
  int64: 'BigInt64Array',
  uint64: 'BigUint64Array',
  bool: 'Uint8Array',
};

/** What the bundle tells of a tensor: dtype, shape, and scale and zero point where there is one of each. */
export function tensorInfo({ dtype, shape, quantization }: TensorType) {
  if (quantization.kind !== 'per-tensor') return { dtype, shape };
  return { dtype, shape, scale: quantization.scale, zeroPoint: quantization.zeroPoint };
}

/** The sentence for comments: `int8 1x96x96x3, real = 0.0078 * (stored + 1)`. */
export function tensorSentence({ type }: TensorPlace): string {
  const base = `${type.dtype} ${formatShape(type.shape)}`;
  if (type.quantization.kind !== 'per-tensor') return base;
  const { scale, zeroPoint } = type.quantization;
  const shifted = zeroPoint === 0 ? 'stored' : `(stored ${zeroPoint < 0 ? '+' : '-'} ${Math.abs(zeroPoint)})`;
  return `${base}, real = ${scale} * ${shifted}`;
}

/** A value of each place under its name, as JSON text that is also JavaScript. */
export function byName<T>(places: readonly TensorPlace[], value: (place: TensorPlace) => T): { [name: string]: T } {
  return Object.fromEntries(places.map((place) => [place.name, value(place)]));
}
