import type { DType } from '../tensor/dtype.ts';
import { elementCount } from '../tensor/shape.ts';
import { type TensorType, zeros } from '../tensor/tensor.ts';
import { arity, firstOf, sameDtype } from './check.ts';
import { at, type OpDefinition } from './definition.ts';
import { clampTo } from './quantized.ts';

/**
 * Numbers as another dtype, that of the output. Whole numbers wrap to narrower ones; real numbers lose their fraction and saturate,
 * NaN gives 0; anything but 0 is true.
 */
export type CastAttributes = Readonly<Record<string, never>>;

const castable: readonly DType[] = ['float32', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'];

/** Smallest and largest value of a whole number, as the nearest doubles. */
export const castRange: { readonly [D in DType]?: { readonly min: number; readonly max: number } } = {
  int8: { min: -128, max: 127 },
  uint8: { min: 0, max: 255 },
  int16: { min: -32768, max: 32767 },
  int32: { min: -2147483648, max: 2147483647 },
};

/**
 * A number of at most 53 digits that rounds to the same float32: bits that no float32 has are joined into the last of the others, which
 * keeps the side of a tie that they lie on.
 */
function narrowed(value: bigint): bigint {
  if (value >= -(2n ** 53n) && value <= 2n ** 53n) return value;
  return ((value >> 11n) | (value % 2048n === 0n ? 0n : 1n)) * 2048n;
}

function castElement(value: number | bigint, from: DType, to: DType): number | bigint {
  if (to === 'bool') return Number(value) === 0 ? 0 : 1;
  if (to === 'float32') return typeof value === 'bigint' ? Number(narrowed(value)) : Number(value);
  if (from !== 'float32') return to === 'int64' ? BigInt(value) : Number(BigInt.asIntN(32, BigInt(value)));
  const real = Number.isNaN(Number(value)) ? 0 : Math.trunc(Number(value));
  if (to === 'int64') return real >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(Math.max(real, -(2 ** 63)));
  return clampTo(real, castRange[to] ?? { min: 0, max: 0 });
}

const bare = (type: TensorType) =>
  type.quantization.kind === 'none' || type.dtype === 'int32'
    ? []
    : [`${type.dtype} with a scale cannot be cast; dequantize it`];

/** Between float32, whole numbers without scale, and bool. */
export const cast: OpDefinition<CastAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'opaque',
  outputShapes: (_, inputs) => [at(inputs, 0).shape],

  violations(_, inputs, outputs) {
    return firstOf(
      () => arity(inputs, 1, outputs),
      () => sameDtype(inputs, castable),
      () => sameDtype(outputs, castable),
      () => bare(at(inputs, 0)),
      () => bare(at(outputs, 0)),
    );
  },

  evaluate(_, inputs, outputs) {
    const { data, type } = at(inputs, 0);
    const output = zeros(at(outputs, 0));
    for (let i = 0; i < data.length; i++) {
      output.data[i] = castElement(at<number | bigint>(data, i), type.dtype, output.type.dtype);
    }
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
