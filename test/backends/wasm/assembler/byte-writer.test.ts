import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../../../converter/backends/wasm/assembler/byte-reader.ts';
import { writeBytes } from '../../../../converter/backends/wasm/assembler/byte-writer.ts';

const bytes = (write: Parameters<typeof writeBytes>[0]): number[] => [...writeBytes(write)];

describe('LEB128', () => {
  // Values on both sides of each change of length; bytes from the definition, section 5.2.2.
  test.each([
    [0, [0x00]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [16_383, [0xff, 0x7f]],
    [16_384, [0x80, 0x80, 0x01]],
    [624_485, [0xe5, 0x8e, 0x26]],
    [0xffff_ffff, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('u32 %d', (value, expected) => {
    expect(bytes((w) => w.u32(value))).toEqual(expected);
  });

  test.each([
    [0, [0x00]],
    [63, [0x3f]],
    [64, [0xc0, 0x00]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [8191, [0xff, 0x3f]],
    [8192, [0x80, 0xc0, 0x00]],
    [-123_456, [0xc0, 0xbb, 0x78]],
    [0x7fff_ffff, [0xff, 0xff, 0xff, 0xff, 0x07]],
    [-0x8000_0000, [0x80, 0x80, 0x80, 0x80, 0x78]],
    [0xffff_ffff, [0x7f]],
    [0x8000_0000, [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])('s32 %d', (value, expected) => {
    expect(bytes((w) => w.s32(value))).toEqual(expected);
  });

  test.each([
    [0n, [0x00]],
    [-1n, [0x7f]],
    [64n, [0xc0, 0x00]],
    [2n ** 63n - 1n, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00]],
    [-(2n ** 63n), [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f]],
    [2n ** 64n - 1n, [0x7f]],
  ])('s64 %d', (value, expected) => {
    expect(bytes((w) => w.s64(value))).toEqual(expected);
  });

  test.each([-1, 2 ** 32, 0.5, Number.NaN])('%d is no u32', (value) => {
    expect(() => bytes((w) => w.u32(value))).toThrow(/u32/);
  });

  test('out of range of i32 and i64', () => {
    expect(() => bytes((w) => w.s32(2 ** 32))).toThrow(/i32/);
    expect(() => bytes((w) => w.s32(-(2 ** 31) - 1))).toThrow(/i32/);
    expect(() => bytes((w) => w.s64(2n ** 64n))).toThrow(/i64/);
    expect(() => bytes((w) => w.s64(-(2n ** 63n) - 1n))).toThrow(/i64/);
  });

  test('reading gives back what was written', () => {
    fc.assert(
      fc.property(fc.integer(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.nat(), (i32, i64, u32) => {
        const reader = new ByteReader(
          writeBytes((w) => {
            w.s32(i32);
            w.s64(i64);
            w.u32(u32);
          }),
        );
        expect([reader.s32(), reader.s64(), reader.u32(), reader.done]).toEqual([i32, i64, u32, true]);
      }),
    );
  });
});

describe('floats and names', () => {
  test('NaN is the canonical one', () => {
    expect(bytes((w) => w.f32(Number.NaN))).toEqual([0, 0, 0xc0, 0x7f]);
    expect(bytes((w) => w.f64(Number.NaN))).toEqual([0, 0, 0, 0, 0, 0, 0xf8, 0x7f]);
  });

  test('negative zero keeps its sign', () => {
    expect(bytes((w) => w.f32(-0))).toEqual([0, 0, 0, 0x80]);
  });

  test('a name is UTF-8 with its length in bytes', () => {
    expect(bytes((w) => w.name('é'))).toEqual([2, 0xc3, 0xa9]);
  });

  test('the buffer grows', () => {
    expect(writeBytes((w) => w.bytes(new Uint8Array(100_000).fill(7))).length).toBe(100_000);
  });
});
