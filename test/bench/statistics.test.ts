import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRatio, median, quantile, ratio, summarize } from '../../bench/statistics.ts';

describe('median and quantiles', () => {
  it('take the middle, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
    expect(median([])).toBeNaN();
  });

  it('interpolate between neighbours', () => {
    expect(quantile([0, 10, 20, 30, 40], 0.1)).toBeCloseTo(4, 12);
    expect(quantile([0, 10, 20, 30, 40], 0.9)).toBeCloseTo(36, 12);
  });

  it('leave the samples as they were', () => {
    const samples = [3, 1, 2];
    summarize(samples);
    expect(samples).toEqual([3, 1, 2]);
  });

  it('lie between the smallest and the largest sample, in order', () => {
    const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(samples, (list) => {
        const { count, p10, median: middle, p90 } = summarize(list);
        expect(count).toBe(list.length);
        expect(p10).toBeGreaterThanOrEqual(Math.min(...list));
        expect(middle).toBeGreaterThanOrEqual(p10);
        expect(p90).toBeGreaterThanOrEqual(middle);
        expect(p90).toBeLessThanOrEqual(Math.max(...list));
      }),
    );
  });
});

describe('ratios', () => {
  it('are null where there is nothing to divide', () => {
    expect(ratio(1, 2)).toBe(0.5);
    expect(ratio(null, 2)).toBeNull();
    expect(ratio(1, undefined)).toBeNull();
    expect(ratio(1, 0)).toBeNull();
    expect(ratio(Number.NaN, 1)).toBeNull();
  });

  it('print with about three digits', () => {
    expect([0.1234, 12.34, 123.4, null].map(formatRatio)).toEqual(['0.12x', '12.3x', '123x', null]);
  });
});
