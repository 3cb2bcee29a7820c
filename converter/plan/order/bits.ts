/** Sets of small numbers, 32 of them in a word. */

export const emptyBits = (count: number): Uint32Array => new Uint32Array((count + 31) >>> 5);

export const hasBit = (bits: Uint32Array, i: number): boolean => (((bits[i >>> 5] ?? 0) >>> (i & 31)) & 1) === 1;

/** Puts `i` into the set. */
export function setBit(bits: Uint32Array, i: number): void {
  bits[i >>> 5] = (bits[i >>> 5] ?? 0) | (1 << (i & 31));
}

/** Puts all members of `other` into the set. */
export function addBits(bits: Uint32Array, other: Uint32Array): void {
  for (let word = 0; word < bits.length; word++) bits[word] = (bits[word] ?? 0) | (other[word] ?? 0);
}

export function countBits(bits: Uint32Array): number {
  let count = 0;
  for (let word of bits) for (; word !== 0; word &= word - 1) count++;
  return count;
}

/** A string that is equal for equal sets and different for different ones of the same capacity. */
export const keyOfBits = (bits: Uint32Array): string =>
  Reflect.apply(String.fromCharCode, null, new Uint16Array(bits.buffer, bits.byteOffset, bits.length * 2));
