import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Kept } from '../../converter/compress/quantize/statistics/memo.ts';

/** First bytes of an entry of the cache; the digit counts up when its form changes. */
const magic = new TextEncoder().encode('thimble1');

const hashBytes = 32;

const headSchema = z.object({ key: z.string(), json: z.unknown(), lengths: z.array(z.number().int().nonnegative()) });

/**
 * A result as a file: `thimble1`, the SHA-256 of what follows, the length of the head as 32 bits, the head (JSON with the key, the value and
 * the lengths of the arrays), blanks up to a multiple of 8 bytes, then the arrays as little-endian float64.
 */
export function encodeKept(key: string, { json, arrays }: Kept): Uint8Array {
  const lengths = arrays.map(({ length }) => length);
  const text = new TextEncoder().encode(JSON.stringify({ key, json: json ?? null, lengths }));
  const start = bodyStart(text.length);
  const total = lengths.reduce((sum, length) => sum + 8 * length, start);
  const bytes = new Uint8Array(total).fill(0x20, 0, start);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  view.setUint32(magic.length + hashBytes, text.length, true);
  bytes.set(text, magic.length + hashBytes + 4);
  let at = start;
  for (const array of arrays) {
    for (const value of array) {
      view.setFloat64(at, value, true);
      at += 8;
    }
  }
  bytes.set(digestOf(bytes), magic.length);
  return bytes;
}

/** What {@link encodeKept} made for `key`; null for anything else, damaged or not. */
export function decodeKept(key: string, bytes: Uint8Array): Kept | null {
  const headStart = magic.length + hashBytes + 4;
  if (bytes.length < headStart || magic.some((byte, i) => bytes[i] !== byte)) return null;
  if (!digestOf(bytes).every((byte, i) => bytes[magic.length + i] === byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const textBytes = view.getUint32(magic.length + hashBytes, true);
  if (headStart + textBytes > bytes.length) return null;
  const head = headSchema.safeParse(
    parseJson(new TextDecoder().decode(bytes.subarray(headStart, headStart + textBytes))),
  );
  if (!head.success || head.data.key !== key) return null;
  const { json, lengths } = head.data;
  const start = bodyStart(textBytes);
  if (lengths.reduce((sum, length) => sum + 8 * length, start) !== bytes.length) return null;
  let at = start;
  const arrays = lengths.map((length) => {
    const array = new Float64Array(length);
    for (let i = 0; i < length; i++, at += 8) array[i] = view.getFloat64(at, true);
    return array;
  });
  return { json, arrays };
}

function bodyStart(textBytes: number): number {
  return Math.ceil((magic.length + hashBytes + 4 + textBytes) / 8) * 8;
}

/** SHA-256 of everything behind its own place. */
function digestOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256')
    .update(bytes.subarray(magic.length + hashBytes))
    .digest();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
