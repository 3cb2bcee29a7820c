import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodingOf, fakeQuantize, rangeOf } from '../../../converter/compress/quantize/format.ts';

const bound = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 });
const ranges = fc.tuple(bound, bound).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
const formats = fc.constantFrom('int8' as const, 'int16' as const);

describe('an encoding', () => {
  it('holds 0 exactly', () => {
    fc.assert(
      fc.property(ranges, formats, (range, format) => {
        expect(fakeQuantize(0, encodingOf(range, format), format)).toBe(0);
      }),
    );
  });

  it('holds its range to a step', () => {
    fc.assert(
      fc.property(ranges, formats, fc.double({ min: 0, max: 1, noNaN: true }), (range, format, share) => {
        const encoding = encodingOf(range, format);
        const value = range.min + share * (range.max - range.min);
        expect(Math.abs(fakeQuantize(value, encoding, format) - value)).toBeLessThanOrEqual(encoding.scale * 1.001);
      }),
    );
  });

  it('of int16 has the zero point 0', () => {
    expect(encodingOf({ min: -1, max: 3 }, 'int16')).toEqual({
      kind: 'per-tensor',
      scale: Math.fround(3 / 32767),
      zeroPoint: 0,
    });
  });

  it('of values of one sign spends all levels on them', () => {
    const encoding = encodingOf({ min: 0.5, max: 2.55 }, 'int8');
    expect(encoding.zeroPoint).toBe(-128);
    expect(rangeOf(encoding, 'int8').max).toBeCloseTo(2.55, 5);
  });

  it('of nothing but zeros is exact', () => {
    expect(encodingOf({ min: 0, max: 0 }, 'int8')).toEqual({ kind: 'per-tensor', scale: 1, zeroPoint: -128 });
  });
});
