import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupSizes, int4Storage, multiplierAt, packInt4, unpackInt4 } from '../../converter/tensor/int4.ts';

describe('int8 weights in 4 bits', () => {
  it('have the least multipliers that do', () => {
    const data = Int8Array.of(
      ...Array.from({ length: 16 }, (_, k) => 3 * (k - 8)),
      ...Array.from({ length: 4 }, () => 105),
    );
    expect(int4Storage(data, 1, 16)?.multipliers).toEqual(Uint8Array.of(3, 15));
    expect(int4Storage(data, 1, null)).toBeNull();
  });

  it.each([
    [[8], 2],
    [[-120], 15],
    [[0], 1],
    [[7, -8], 1],
    [[127], null],
    [[-121], null],
    [[9, 7], null],
    [[14, -16, 2], 2],
  ])('%j has the multiplier %s', (values, multiplier) => {
    const found = int4Storage(Int8Array.from(values), 1, 16);
    expect(found?.multipliers[0] ?? null).toBe(multiplier);
  });

  it('are what numbers and multipliers say, in groups and rows of any size', () => {
    const row = fc.integer({ min: 1, max: 70 });
    fc.assert(
      fc.property(
        row,
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(...groupSizes),
        fc.nat(),
        (size, rows, group, seed) => {
          const data = Int8Array.from({ length: rows * size }, (_, i) => {
            const part = Math.floor((i % size) / group) + 5 * Math.floor(i / size);
            return (1 + ((part * 7 + seed) % 15)) * (((i * 11 + seed) % 16) - 8) + 0;
          });
          const storage = int4Storage(data, rows, group);
          expect(storage).not.toBeNull();
          if (storage === null) return;
          const factor = multiplierAt(storage, size);
          data.forEach((value, i) => {
            const n = value / factor(Math.floor(i / size), i % size);
            expect(Number.isInteger(n) && n >= -8 && n <= 7).toBe(true);
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([0, 1, 2, 7, 8])('%i of them are packed two to a byte, the first in the low half', (count) => {
    const data = Int8Array.from({ length: count }, (_, i) => ((i * 5) % 16) - 8);
    const bytes = packInt4(data);
    expect(bytes.length).toBe(Math.ceil(count / 2));
    expect(unpackInt4(bytes, count)).toEqual(data);
    if (count > 1) expect(bytes[0]).toBe(((data[0] ?? 0) & 15) | (((data[1] ?? 0) & 15) << 4));
  });
});
