/** The numbers that four bits hold. */
export const int4Range = { min: -8, max: 7 } as const;

/** Largest multiplier of a group: with it every product of an int4 number, -120 to 105, fits a byte. */
export const largestMultiplier = 15;

/** Sizes of the groups of inputs that may share a multiplier. */
export const groupSizes = [16, 32, 64, 128] as const;

export type GroupSize = (typeof groupSizes)[number];

/**
 * int8 weights that four bits hold: weight k of row o, in row-major order, is an int4 number times the multiplier of its group,
 * `multipliers[o * groups + floor(k / group)]`. Without groups all multipliers are 1.
 */
export interface Int4Storage {
  readonly kind: 'int4';
  /** Inputs of a group; the last one of a row may be shorter. Null for a row, that is a channel, as a whole. */
  readonly group: GroupSize | null;
  /** From 1 to 15, one for each group of each row; empty without groups. */
  readonly multipliers: Uint8Array;
}

/** How many groups a row of `size` weights has. */
export function groupCount(size: number, group: GroupSize | null): number {
  return group === null ? 1 : Math.ceil(size / group);
}

/**
 * How int8 weights fit into four bits, `rows` rows of equal size, with the least multipliers that do; null where they do not.
 * Nothing is rounded.
 */
export function int4Storage(data: ArrayLike<number>, rows: number, group: GroupSize | null): Int4Storage | null {
  const size = data.length / rows;
  if (group === null) {
    for (let i = 0; i < data.length; i++) if ((multipliersOf(data[i] ?? 0) & 2) === 0) return null;
    return { kind: 'int4', group, multipliers: new Uint8Array() };
  }
  const groups = groupCount(size, group);
  const multipliers = new Uint8Array(rows * groups);
  for (let row = 0; row < rows; row++) {
    for (let part = 0; part < groups; part++) {
      let fits = anyMultiplier;
      const end = Math.min(size, (part + 1) * group);
      for (let k = part * group; k < end; k++) fits &= multipliersOf(data[row * size + k] ?? 0);
      if (fits === 0) return null;
      multipliers[row * groups + part] = leastOf(fits);
    }
  }
  return { kind: 'int4', group, multipliers };
}

/** The multiplier of each weight, for rows of `size` weights. */
export function multiplierAt({ group, multipliers }: Int4Storage, size: number): (row: number, k: number) => number {
  if (group === null) return () => 1;
  const groups = groupCount(size, group);
  return (row, k) => multipliers[row * groups + Math.floor(k / group)] ?? 1;
}

/** Bit m is set for each multiplier m. */
export const anyMultiplier = 2 ** (largestMultiplier + 1) - 2;

/** Bit m is set where `value` is an int4 number times m. */
export function multipliersOf(value: number): number {
  return fitting[value + 128] ?? 0;
}

/** The number of the lowest bit that is set. */
export function leastOf(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

const fitting = Uint16Array.from({ length: 256 }, (_, i) => {
  const value = i - 128;
  let bits = 0;
  for (let m = 1; m <= largestMultiplier; m++) {
    const quotient = value / m;
    if (Number.isInteger(quotient) && quotient >= int4Range.min && quotient <= int4Range.max) bits |= 1 << m;
  }
  return bits;
});

/** Two int4 numbers in a byte, the first in the low half (TFLite INT4, ONNX INT4); an odd last one alone. */
export function packInt4(data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(data.length / 2));
  for (let i = 0; i < data.length; i++) bytes[i >> 1] = (bytes[i >> 1] ?? 0) | (((data[i] ?? 0) & 15) << (4 * (i & 1)));
  return bytes;
}

/** The first `count` numbers of {@link packInt4}. */
export function unpackInt4(bytes: Uint8Array, count: number): Int8Array {
  return Int8Array.from({ length: count }, (_, i) => (((bytes[i >> 1] ?? 0) >> (4 * (i & 1))) << 28) >> 28);
}
