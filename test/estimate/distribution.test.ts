import { describe, expect, it } from 'vitest';
import {
  chanceWithin,
  latencyQuantile,
  likelyRange,
  relativeOf,
  shareWithin,
} from '../../converter/estimate/distribution.ts';
import { durationText, rangeText } from '../../converter/estimate/duration.ts';

describe('latency distributions', () => {
  it('have their middle as median, and 90 % within the likely range', () => {
    const latency = { us: 400, relative: 0.12 };
    const [low, high] = likelyRange(latency);
    expect(chanceWithin(latency, 400)).toBeCloseTo(0.5, 6);
    expect(chanceWithin(latency, high) - chanceWithin(latency, low)).toBeCloseTo(0.9, 3);
    expect(low * high).toBeCloseTo(400 * 400, 3);
    expect(chanceWithin(latency, 0)).toBe(0);
  });

  it('without an error are steps', () => {
    expect([399, 400].map((us) => chanceWithin({ us: 400, relative: 0 }, us))).toEqual([0, 1]);
    const parts = [
      { share: 0.6, us: 100, relative: 0 },
      { share: 0.4, us: 900, relative: 0 },
    ];
    expect(latencyQuantile(parts, 0.5)).toBeCloseTo(100, 6);
    expect(latencyQuantile(parts, 0.9)).toBeCloseTo(900, 6);
    expect(shareWithin(parts, 500)).toBeCloseTo(0.6, 12);
    expect(latencyQuantile([], 0.5)).toBe(0);
  });

  it('of a factor of two reach from half to twice', () => {
    const [low, high] = likelyRange({ us: 100, relative: relativeOf(1) });
    expect([low, high].map((us) => us.toFixed(6))).toEqual(['50.000000', '200.000000']);
  });
});

describe('durations', () => {
  it('have three digits and the unit that suits them', () => {
    const texts = [0.5, 12.345, 999.4, 999.6, 67_829, 99_960, 999_600, 1_530_000].map(durationText);
    expect(texts).toEqual(['0.500 us', '12.3 us', '999 us', '1.00 ms', '67.8 ms', '100 ms', '1.00 s', '1.53 s']);
    expect([rangeText([60_200, 76_500]), rangeText([571, 2280])]).toEqual(['60.2 to 76.5 ms', '571 us to 2.28 ms']);
  });
});
