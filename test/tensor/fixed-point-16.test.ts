import { expect, test } from 'vitest';
import { divideByPowerOfTwo, logistic16, tanh16 } from '../../converter/tensor/fixed-point-16.ts';

const all = Array.from({ length: 65536 }, (_, i) => i - 32768);

/** The largest distance of `found` from the real function, in units of the last bit. */
function largestError(found: (a: number) => number, real: (x: number) => number, bits: number): number {
  return all.reduce((worst, a) => Math.max(worst, Math.abs(found(a) - 32768 * real(a * 2 ** (bits - 15)))), 0);
}

test('logistic is that of the real number but for a few bits, over all of Q3', () => {
  expect(largestError(logistic16, (x) => 1 / (1 + Math.exp(-x)), 3)).toBeLessThan(16);
  expect(all.every((a) => logistic16(a) >= 0 && logistic16(a) <= 32767)).toBe(true);
});

test.each([0, 1, 2, 3, 4, 5, 6])('tanh is that of the real number but for a few bits, over all of Q%i', (bits) => {
  expect(largestError((a) => tanh16(a, bits), Math.tanh, bits)).toBeLessThan(24);
});

test('both are symmetric', () => {
  const odd = all.slice(1).filter((a) => a !== 0);
  expect(odd.find((a) => logistic16(a) + logistic16(-a) !== 32767)).toBeUndefined();
  expect(odd.find((a) => tanh16(a, 4) !== -tanh16(-a, 4))).toBeUndefined();
  expect([logistic16(0), tanh16(0, 4)]).toEqual([16384, 0]);
});

test('a division rounds ties away from zero', () => {
  expect([5, 6, 7, -5, -6, -7].map((x) => divideByPowerOfTwo(x, 2))).toEqual([1, 2, 2, -1, -2, -2]);
  expect(divideByPowerOfTwo(-7, 0)).toBe(-7);
});
