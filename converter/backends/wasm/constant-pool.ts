import { alignmentBytes } from './kernel.ts';

/** Read-only memory under construction: blobs at multiples of 16, equal blobs once. */
export class ConstantPool {
  readonly #blobs: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  readonly #byHash = new Map<string, { readonly offset: number; readonly bytes: Uint8Array }[]>();
  #end = 0;

  /** Bytes used so far, a multiple of 16. */
  get bytes(): number {
    return this.#end;
  }

  /** Offset of a copy of `bytes`. */
  add(bytes: Uint8Array): number {
    const key = `${bytes.length}:${fnv1a(bytes)}`;
    const candidates = this.#byHash.get(key) ?? [];
    const known = candidates.find((blob) => equalBytes(blob.bytes, bytes));
    if (known !== undefined) return known.offset;
    const blob = { offset: this.#end, bytes: bytes.slice() };
    this.#blobs.push(blob);
    this.#byHash.set(key, [...candidates, blob]);
    this.#end = roundUp(this.#end + bytes.length, alignmentBytes);
    return blob.offset;
  }

  /** The whole region. */
  image(): Uint8Array {
    const image = new Uint8Array(this.#end);
    for (const { offset, bytes } of this.#blobs) image.set(bytes, offset);
    return image;
  }
}

/** The smallest multiple of `step` that is not below `value`. */
export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo); only to find candidates, equality is checked. */
function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Whether the bytes are the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
