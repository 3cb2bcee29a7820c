/** Seed of every pseudo-random input, the one that the published counts were made with. */
export const seed = 0x12345678;

/** xorshift32 by George Marsaglia (Xorshift RNGs, 2003; shifts 13, 17, 5). Yields 32-bit words; the seed itself is not one. */
export function* xorshift32(start: number = seed): Generator<number, never> {
  let state = start >>> 0;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    yield state;
  }
}

/** `count` bytes, the top 8 bits of each word. */
export function randomBytes(count: number): Uint8Array {
  const words = xorshift32();
  return Uint8Array.from({ length: count }, () => words.next().value >>> 24);
}

/** `count` floats in [-1, 1) with 24 random bits each: never a denormal, which would slow some engines down. */
export function randomFloats(count: number): Float32Array {
  const words = xorshift32();
  return Float32Array.from({ length: count }, () => (words.next().value >>> 8) / 2 ** 23 - 1);
}
