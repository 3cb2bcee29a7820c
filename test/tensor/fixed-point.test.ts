import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expOfNegative,
  logisticFixed,
  logOfOneOrMore,
  multiplyByPowerOfTwo,
  multiplyFixed,
  oneOverOnePlus,
  reciprocal,
  tanhFixed,
} from '../../converter/tensor/fixed-point.ts';

const max = 2 ** 31 - 1;
const min = -(2 ** 31);
const int32 = fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, min + 1, -1, 0, 1, max));
const real = (raw: number, integerBits: number) => raw * 2 ** (integerBits - 31);

describe('multiplyFixed', () => {
  it('equals the gemmlowp definition for every sign', () => {
    fc.assert(
      fc.property(int32, int32, (a, b) => {
        const product = BigInt(a) * BigInt(b);
        const nudged = (product + (product >= 0n ? 1n << 30n : 1n - (1n << 30n))) / (1n << 31n);
        expect(multiplyFixed(a, b)).toBe(a === min && b === min ? max : Number(nudged));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('multiplyByPowerOfTwo', () => {
  it('saturates to the left and rounds to the right', () => {
    expect(multiplyByPowerOfTwo(2 ** 29, 2)).toBe(max);
    expect(multiplyByPowerOfTwo(-(2 ** 30), 2)).toBe(min);
    expect(multiplyByPowerOfTwo(-5, 3)).toBe(-40);
    expect(multiplyByPowerOfTwo(5, -1)).toBe(3);
    expect(multiplyByPowerOfTwo(-5, -1)).toBe(-3);
  });
});

describe('functions', () => {
  it('exp comes within the error of its series', () => {
    expect(expOfNegative(0, 5)).toBe(max);
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: -1 }), (raw) => {
        const result = expOfNegative(raw, 5);
        expect(result).toBeGreaterThanOrEqual(0);
        expect(Math.abs(real(result, 0) - Math.exp(real(raw, 5)))).toBeLessThan(3e-7);
      }),
    );
  });

  it('1/(1+x) is right at the ends and between', () => {
    expect(oneOverOnePlus(0)).toBe(max);
    fc.assert(
      fc.property(fc.integer({ min: 0, max }), (raw) => {
        expect(Math.abs(real(oneOverOnePlus(raw), 0) - 1 / (1 + real(raw, 0)))).toBeLessThan(2e-8);
      }),
    );
  });

  it('the reciprocal of any sum of exponentials is right', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 19, max }), (raw) => {
        const { fraction, bitsOverUnit } = reciprocal(raw, 12);
        expect((real(fraction, 0) * 2 ** -bitsOverUnit) / (1 / real(raw, 12))).toBeCloseTo(1, 6);
      }),
    );
  });

  it('logistic and tanh are right and symmetric', () => {
    expect(logisticFixed(0, 4)).toBe(2 ** 30);
    expect(tanhFixed(0, 4)).toBe(0);
    fc.assert(
      fc.property(fc.integer({ min: 1, max }), (raw) => {
        const x = real(raw, 4);
        expect(Math.abs(real(logisticFixed(raw, 4), 0) - 1 / (1 + Math.exp(-x)))).toBeLessThan(1e-6);
        expect(Math.abs(real(tanhFixed(raw, 4), 0) - Math.tanh(x))).toBeLessThan(1e-6);
        expect(logisticFixed(-raw, 4)).toBe(max - logisticFixed(raw, 4));
        expect(tanhFixed(-raw, 4)).toBe(-tanhFixed(raw, 4));
      }),
    );
  });

  it('the logarithm of a sum of exponentials is right', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 19, max }), (raw) => {
        expect(Math.abs(real(logOfOneOrMore(raw, 12, 5), 5) - Math.log(real(raw, 12)))).toBeLessThan(1e-5);
      }),
    );
  });
});
