import { describe, expect, it } from 'vitest';
import { erf } from '../../converter/ops/erf.ts';

describe('erf', () => {
  // Abramowitz and Stegun, table 7.1.
  it.each([
    [0, 0],
    [0.1, 0.112462916],
    [0.5, 0.5204998778],
    [1, 0.8427007929],
    [1.5, 0.9661051465],
    [2, 0.995322265],
    [3, 0.9999779095],
    [7, 1],
  ])('erf(%d) is %d', (x, value) => {
    expect(erf(x)).toBeCloseTo(value, 9);
    expect(erf(-x)).toBeCloseTo(-value, 9);
  });

  it('keeps NaN, and small numbers in proportion', () => {
    expect(erf(Number.NaN)).toBeNaN();
    expect(erf(1e-20) / 1e-20).toBeCloseTo(2 / Math.sqrt(Math.PI), 12);
    expect(erf(Number.NEGATIVE_INFINITY)).toBe(-1);
  });
});
