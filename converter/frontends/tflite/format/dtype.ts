import type { EnumValue } from './schema/schema.ts';

/** Element type of a tensor: the names of the format in lower case. */
export type TfliteDtype = Lowercase<EnumValue<'TensorType'>>;

interface DtypeFacts {
  /** Bits of an element in a buffer; null where an element has no fixed size. */
  readonly bits: number | null;
  /** Range of an integer type, null for the others. 64-bit ranges are rounded to doubles. */
  readonly range: readonly [min: number, max: number] | null;
}

const real = (bits: number): DtypeFacts => ({ bits, range: null });
const signed = (bits: number): DtypeFacts => ({ bits, range: [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] });
const unsigned = (bits: number): DtypeFacts => ({ bits, range: [0, 2 ** bits - 1] });
const unsized: DtypeFacts = { bits: null, range: null };

/** Size and range of every element type. Types below eight bits are packed, the first element in the low bits. */
export const dtypeFacts: { readonly [D in TfliteDtype]: DtypeFacts } = {
  float32: real(32),
  float16: real(16),
  int32: signed(32),
  uint8: unsigned(8),
  int64: signed(64),
  string: unsized,
  bool: real(8),
  int16: signed(16),
  complex64: real(64),
  int8: signed(8),
  float64: real(64),
  complex128: real(128),
  uint64: unsigned(64),
  resource: unsized,
  variant: unsized,
  uint32: unsigned(32),
  uint16: unsigned(16),
  int4: signed(4),
  bfloat16: real(16),
  int2: signed(2),
  uint4: unsigned(4),
  float8_e4m3fn: real(8),
  float8_e5m2: real(8),
};

/** `FLOAT32` -> `float32`. */
export function dtypeOf(type: EnumValue<'TensorType'>): TfliteDtype {
  return type.toLowerCase() as TfliteDtype;
}

/** Number of elements of a shape of non-negative dimensions; may be Infinity. */
export function elementCount(shape: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((product, dim) => product * dim, 1);
}
