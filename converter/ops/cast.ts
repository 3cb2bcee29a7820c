import type { DType } from '../tensor/dtype.ts';
import { numberToFloat16 } from '../tensor/float16.ts';
import { elementCount } from '../tensor/shape.ts';
import { storeElement, type TensorType, zeros } from '../tensor/tensor.ts';
import { arithmeticOf, realElements } from './arithmetic.ts';
import { arity, everyDtype, firstOf, sameDtype } from './check.ts';
import { at, type OpDefinition } from './definition.ts';
import { clampTo } from './quantized.ts';

/**
 * Numbers as another dtype, that of the output. Whole numbers wrap to narrower ones; real numbers lose their fraction and saturate,
 * NaN gives 0; anything but 0 is true.
 */
export type CastAttributes = Readonly<Record<string, never>>;

/** Smallest and largest value of a whole number, as the outermost doubles that the dtype holds. */
export const castRange = {
  int8: { min: -128, max: 127 },
  uint8: { min: 0, max: 255 },
  int16: { min: -32768, max: 32767 },
  uint16: { min: 0, max: 65535 },
  int32: { min: -2147483648, max: 2147483647 },
  uint32: { min: 0, max: 4294967295 },
  int64: { min: -(2 ** 63), max: 2 ** 63 - 1024 },
  uint64: { min: 0, max: 2 ** 64 - 2048 },
} as const;

export type CastRange = { readonly min: number; readonly max: number };

/** Where real numbers saturate in `to`; null where that is no whole number. */
export function castRangeOf(to: DType): CastRange | null {
  return to in castRange ? castRange[to as keyof typeof castRange] : null;
}

/**
 * A number of at most 53 digits that rounds to the same float32: bits that no float32 has are joined into the last of the others, which
 * keeps the side of a tie that they lie on.
 */
function narrowed(value: bigint): bigint {
  if (value >= -(2n ** 53n) && value <= 2n ** 53n) return value;
  return ((value >> 11n) | (value % 2048n === 0n ? 0n : 1n)) * 2048n;
}

/** The element as it is stored in `to`; `value` is the number itself, not the bits of a float16. */
function castElement(value: number | bigint, isReal: boolean, to: DType): number | bigint {
  if (to === 'bool') return Number(value) === 0 ? 0 : 1;
  if (to === 'float16') return numberToFloat16(Number(value));
  if (to === 'float32' && typeof value === 'bigint') return Number(narrowed(value));
  if (to.startsWith('float')) return Number(value);
  if (!isReal) return to.endsWith('64') ? BigInt(value) : Number(BigInt.asIntN(32, BigInt(value)));
  const whole = Number.isNaN(Number(value)) ? 0 : Math.trunc(Number(value));
  // From the largest double of 64 bits on, what saturates is the whole number, which no double is.
  if (to === 'int64') return whole >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(clampTo(whole, castRange.int64));
  if (to === 'uint64') return whole >= 2 ** 64 ? 2n ** 64n - 1n : BigInt(clampTo(whole, castRange.uint64));
  return clampTo(whole, castRangeOf(to) ?? { min: 0, max: 0 });
}

const bare = (type: TensorType) =>
  type.quantization.kind === 'none' || type.dtype === 'int32'
    ? []
    : [`${type.dtype} with a scale cannot be cast; dequantize it`];

/** Between real numbers, whole numbers without scale, and bool. */
export const cast: OpDefinition<CastAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'opaque',
  outputShapes: (_, inputs) => [at(inputs, 0).shape],

  violations(_, inputs, outputs) {
    return firstOf(
      () => arity(inputs, 1, outputs),
      () => sameDtype(inputs, everyDtype),
      () => sameDtype(outputs, everyDtype),
      () => bare(at(inputs, 0)),
      () => bare(at(outputs, 0)),
    );
  },

  evaluate(_, inputs, outputs) {
    const input = at(inputs, 0);
    const output = zeros(at(outputs, 0));
    const isReal = arithmeticOf(input.type) === 'real';
    const data = isReal ? realElements(input) : input.data;
    for (let i = 0; i < data.length; i++) {
      storeElement(output.data, i, castElement(at<number | bigint>(data, i), isReal, output.type.dtype));
    }
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
