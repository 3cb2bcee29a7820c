import { Inflate, Unzlib } from 'fflate';

/** Compressed bytes that are inflated at a time: at most 1032 times as many come out (RFC 1951), so about 16 MiB. */
const pieceBytes = 2 ** 14;

/**
 * Inflates `bytes` to exactly `size` bytes, or returns null where they are damaged or give more or less. Stops as soon as there are
 * more, so that a small file cannot fill the memory.
 *
 * @param format `zlib` has a header (RFC 1950), `raw` has none, as in ZIP archives
 */
export function inflateExactly(bytes: Uint8Array, format: 'raw' | 'zlib', size: number): Uint8Array | null {
  // No need to allocate for what cannot be in there.
  if (size > bytes.length * 1032 + 64) return null;
  const result = new Uint8Array(size);
  let filled = 0;
  let isTooLong = false;
  const stream = format === 'raw' ? new Inflate() : new Unzlib();
  stream.ondata = (piece) => {
    if (filled + piece.length > size) isTooLong = true;
    else result.set(piece, filled);
    filled += piece.length;
  };
  try {
    for (let at = 0; at < bytes.length && !isTooLong; at += pieceBytes) {
      stream.push(bytes.subarray(at, at + pieceBytes), at + pieceBytes >= bytes.length);
    }
  } catch {
    return null;
  }
  return filled === size ? result : null;
}
