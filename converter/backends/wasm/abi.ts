/** Name of the custom section that names the places and weights that a module is made for. */
export const abiSection = 'thimble.abi';

/** Bytes of the weights that {@link fingerprint} looks at, at most. */
const sampled = 4096;

/** What a module, its weights and its script have to agree on: 16 hexadecimal digits, of places and of weights. */
export function abiOf(layout: object, weights: Uint8Array): string {
  const places = new TextEncoder().encode(JSON.stringify({ ...layout, steps: [] }));
  return [fnv1a(places), fingerprint(weights)].map(hexadecimal).join('');
}

const hexadecimal = (value: number) => (value >>> 0).toString(16).padStart(8, '0');

/** A number that tells weights of one size apart, quickly: FNV-1a, 32 bit, over bytes that are spread evenly. The loader computes the same. */
export function fingerprint(bytes: Uint8Array): number {
  const count = Math.min(sampled, bytes.length);
  return fnv1a(Uint8Array.from({ length: count }, (_, i) => bytes[Math.floor((i * bytes.length) / count)] ?? 0));
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
