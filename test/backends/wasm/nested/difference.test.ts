import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { difference } from '../../../../converter/backends/wasm/nested/difference.ts';
import { restore } from '../../../../runtime-wasm/widths.js';

function restored(known: Uint8Array, wanted: Uint8Array): Uint8Array {
  const all = new Uint8Array(known.length + wanted.length);
  all.set(known);
  restore(all, known.length, difference(known, wanted));
  return all.subarray(known.length);
}

describe('differences', () => {
  test('give back any bytes', () => {
    // Few values, so that there is much to copy.
    const bytes = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 200 }).map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(bytes, bytes, (known, wanted) => {
        expect(Array.from(restored(known, wanted))).toEqual(Array.from(wanted));
      }),
      { seed: 8 },
    );
  });

  test('are short where numbers differ here and there', () => {
    const known = Uint8Array.from({ length: 3000 }, (_, i) => (i * i * 7) % 251);
    const wanted = known.map((byte, i) => (i % 100 === 50 ? byte + 1 : byte));
    expect(Array.from(restored(known, wanted))).toEqual(Array.from(wanted));
    expect(difference(known, wanted).length).toBeLessThan(30 * 4);
  });

  test('are short where every other piece is left out', () => {
    const known = Uint8Array.from({ length: 4096 }, (_, i) => (i * i * 7 + (i >> 3)) % 251);
    const wanted = known.filter((_, i) => i % 128 < 64);
    expect(Array.from(restored(known, wanted))).toEqual(Array.from(wanted));
    expect(difference(known, wanted).length).toBeLessThan(32 * 5);
  });

  test('repeat what they have written', () => {
    const wanted = new Uint8Array(10_000).fill(7);
    expect(difference(new Uint8Array(), wanted).length).toBeLessThan(10);
    expect(restored(new Uint8Array(), wanted).every((byte) => byte === 7)).toBe(true);
  });
});
