import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type FixedPointMultiplier,
  quantizeMultiplier,
  type Rounding,
  requantize,
  requantizeDefinition,
  roundHalfAway,
  roundingDivideByPowerOfTwo,
  roundingDoublingHighMultiply,
} from '../../converter/tensor/requantize.ts';

const int32 = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(0, 1, -1, 2 ** 30, -(2 ** 30), 2 ** 31 - 1, -(2 ** 31), 1 - 2 ** 31),
);
const multiplier = fc.oneof(
  fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }),
  fc.constantFrom(0, 2 ** 30, 2 ** 30 + 1, 2 ** 31 - 1),
);
const factor: fc.Arbitrary<FixedPointMultiplier> = fc.record({ multiplier, shift: fc.integer({ min: -31, max: 30 }) });

/** gemmlowp SaturatingRoundingDoublingHighMul as its C++ reads, for b >= 0. */
function highMultiply(a: number, b: number): number {
  const product = BigInt(a) * BigInt(b);
  return Number((product + (product >= 0n ? 1n << 30n : 1n - (1n << 30n))) / (1n << 31n));
}

describe('requantize', () => {
  for (const rounding of ['exact', 'single'] satisfies Rounding[]) {
    it(`equals its wide-integer definition under ${rounding} rounding`, () => {
      fc.assert(
        fc.property(int32, factor, (x, f) => {
          expect(requantize(x, f, rounding)).toBe(requantizeDefinition(x, f, rounding));
        }),
        { numRuns: 5000 },
      );
    });
  }

  it('rounds a double tie twice under exact and once under single', () => {
    // 5 * 0.3 = 1.5 - 2^-31: the high multiply gives 3 (of 1.5 * 2), the shift rounds 1.5 up to 2.
    const f = quantizeMultiplier(0.29999999);
    expect(requantize(5, f, 'exact')).toBe(requantizeDefinition(5, f, 'exact'));
    const third = { multiplier: 2 ** 30, shift: -1 }; // 1/4
    expect([1, 2, 3, -1, -2, -3].map((x) => requantize(x, third, 'exact'))).toEqual([1, 1, 1, 0, -1, -1]);
    expect([1, 2, 3, -1, -2, -3].map((x) => requantize(x, third, 'single'))).toEqual([0, 1, 1, 0, 0, -1]);
  });

  it('keeps every value with the factor one', () => {
    const one = quantizeMultiplier(1);
    expect(one).toEqual({ multiplier: 2 ** 30, shift: 1 });
    for (const x of [-1000, -1, 0, 1, 77, 2 ** 29]) expect(requantize(x, one, 'exact')).toBe(x);
  });
});

describe('roundingDoublingHighMultiply', () => {
  it('equals the gemmlowp definition', () => {
    fc.assert(
      fc.property(int32, fc.integer({ min: 0, max: 2 ** 31 - 1 }), (a, b) => {
        expect(roundingDoublingHighMultiply(a, b)).toBe(highMultiply(a, b));
      }),
      { numRuns: 5000 },
    );
  });

  it('rounds the tie of a negative product up', () => {
    expect(roundingDoublingHighMultiply(-1, 2 ** 30)).toBe(0);
    expect(roundingDoublingHighMultiply(1, 2 ** 30)).toBe(1);
    expect(roundingDoublingHighMultiply(-3, 2 ** 30)).toBe(-1);
  });
});

describe('roundingDivideByPowerOfTwo', () => {
  it('rounds ties away from zero', () => {
    expect([5, 6, 7, -5, -6, -7].map((x) => roundingDivideByPowerOfTwo(x, 2))).toEqual([1, 2, 2, -1, -2, -2]);
    expect(roundingDivideByPowerOfTwo(-(2 ** 31), 31)).toBe(-1);
    expect(roundingDivideByPowerOfTwo(123, 0)).toBe(123);
  });
});

describe('quantizeMultiplier', () => {
  it('gives the real factor to 31 bits', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e6, noNaN: true }), (real) => {
        const { multiplier: m, shift } = quantizeMultiplier(real);
        expect(m).toBeGreaterThanOrEqual(2 ** 30);
        expect(m).toBeLessThan(2 ** 31);
        expect(Math.abs((m * 2 ** (shift - 31)) / real - 1)).toBeLessThan(2 ** -30);
      }),
    );
  });

  it('carries into the exponent where the fraction rounds up to one', () => {
    expect(quantizeMultiplier(1 - 2 ** -40)).toEqual({ multiplier: 2 ** 30, shift: 1 });
  });

  it('is zero for factors too small to matter', () => {
    expect(quantizeMultiplier(0)).toEqual({ multiplier: 0, shift: 0 });
    expect(quantizeMultiplier(2 ** -33)).toEqual({ multiplier: 0, shift: 0 });
    expect(quantizeMultiplier(2 ** -32)).toEqual({ multiplier: 2 ** 30, shift: -31 });
  });

  it('saturates large factors under single rounding only', () => {
    expect(quantizeMultiplier(2 ** 30, 'single')).toEqual({ multiplier: 2 ** 31 - 1, shift: 30 });
    expect(quantizeMultiplier(2 ** 30, 'exact')).toEqual({ multiplier: 2 ** 30, shift: 31 });
  });
});

describe('roundHalfAway', () => {
  it('rounds ties away from zero', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994].map(roundHalfAway)).toEqual([1, 2, 3, -1, -2, -3, 0]);
  });
});
