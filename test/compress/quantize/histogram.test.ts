import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram, histogramBins } from '../../../converter/compress/quantize/statistics/histogram.ts';

const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { maxLength: 200 });

function histogramOf(list: readonly number[]): Histogram {
  const histogram = new Histogram();
  histogram.add(list);
  return histogram;
}

describe('a histogram', () => {
  it('counts every value once, zeros apart', () => {
    fc.assert(
      fc.property(values, (list) => {
        const { counts, zeros, total } = histogramOf(list);
        expect(total).toBe(list.length);
        expect(counts.reduce((a, b) => a + b, 0) + zeros).toBe(list.length);
        expect(zeros).toBe(list.filter((value) => value === 0).length);
      }),
    );
  });

  it('has each value in its bin', () => {
    fc.assert(
      fc.property(values, (list) => {
        const histogram = histogramOf(list);
        for (const value of list.filter((one) => one !== 0)) {
          const near = Math.floor((value + histogram.limit) / histogram.step);
          // Where a bin ends is rounded, once for each time that the limit doubled.
          const around = histogram.counts.slice(Math.max(0, near - 1), near + 2);
          expect(around.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('does not depend on how the stream is cut', () => {
    fc.assert(
      fc.property(values, fc.nat(200), (list, at) => {
        const cut = new Histogram();
        cut.add(list.slice(0, at));
        cut.add(list.slice(at));
        expect(cut.counts).toEqual(histogramOf(list).counts);
        expect(cut.limit).toBe(histogramOf(list).limit);
      }),
    );
  });

  it('leaves out what is not finite', () => {
    const histogram = histogramOf([1, Number.NaN, Number.POSITIVE_INFINITY, -2]);
    expect(histogram.total).toBe(2);
    expect(histogram.limit).toBe(4);
    expect(histogram.counts).toHaveLength(histogramBins);
  });
});
