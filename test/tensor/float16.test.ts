import fc from 'fast-check';
import { expect, test } from 'vitest';

import { float16ToNumber, numberToFloat16 } from '../../converter/tensor/float16.ts';

test('every bit pattern but NaN comes back', () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = float16ToNumber(bits);
    if (Number.isNaN(value)) expect(numberToFloat16(value)).toBe(0x7e00);
    else if (numberToFloat16(value) !== bits) expect.fail(`0x${bits.toString(16)} became ${numberToFloat16(value)}`);
  }
});

test('rounds to the nearest, ties to even', () => {
  fc.assert(
    fc.property(fc.nat(0x7bfe), fc.double({ min: 0, max: 1, noNaN: true }), (bits, t) => {
      const low = float16ToNumber(bits);
      const high = float16ToNumber(bits + 1);
      const value = low + (high - low) * t;
      const middle = (low + high) / 2;
      const nearest = value < middle ? bits : value > middle ? bits + 1 : bits + (bits & 1);
      expect(numberToFloat16(value)).toBe(nearest);
      expect(numberToFloat16(-value)).toBe(0x8000 | nearest);
    }),
  );
});

test('halfway cases and overflow', () => {
  expect(numberToFloat16(1 + 2 ** -11)).toBe(0x3c00);
  expect(numberToFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02);
  expect(numberToFloat16(2 ** -25)).toBe(0);
  expect(numberToFloat16(65519.99)).toBe(0x7bff);
  expect(numberToFloat16(65520)).toBe(0x7c00);
  expect(numberToFloat16(-Infinity)).toBe(0xfc00);
});
