import { describe, expect, it } from 'vitest';
import { encodingOf } from '../../../converter/compress/quantize/format.ts';
import { observers } from '../../../converter/compress/quantize/observers/index.ts';
import { quantizationError } from '../../../converter/compress/quantize/observers/mse.ts';
import {
  StatisticsCollector,
  type TensorStatistics,
} from '../../../converter/compress/quantize/statistics/tensor-statistics.ts';
import { random } from '../../backends/wasm/run-graph.ts';

/** A bell of values of about unit size, and one far away. */
function bellWithOutlier(outlier: number): TensorStatistics {
  const next = random(7);
  const collector = new StatisticsCollector(4);
  for (let sample = 0; sample < 50; sample++) {
    const values = Float32Array.from({ length: 400 }, () => next() + next() + next() + next() - 2);
    if (sample === 20) values[13] = outlier;
    collector.add(values);
  }
  return collector.finish();
}

describe('observers', () => {
  const statistics = bellWithOutlier(20);

  it('min-max holds everything', () => {
    expect(observers['min-max'](statistics, 'int8').max).toBe(20);
  });

  it('percentile and moving average leave the outlier out', () => {
    expect(observers.percentile(statistics, 'int8').max).toBeLessThan(2.5);
    expect(observers['moving-average'](statistics, 'int8').max).toBeLessThan(5);
    expect(observers['moving-average'](statistics, 'int8').max).toBeGreaterThan(1);
  });

  it('the divergence of distributions leaves the outlier out', () => {
    expect(observers.kl(statistics, 'int8').max).toBeLessThan(10);
  });

  it('mse has the least error of all', () => {
    const errorOf = (name: keyof typeof observers) =>
      quantizationError(statistics.histogram, encodingOf(observers[name](statistics, 'int8'), 'int8'), 'int8');
    const least = errorOf('mse');
    for (const name of ['min-max', 'percentile', 'kl', 'moving-average'] as const)
      expect(least).toBeLessThanOrEqual(errorOf(name) * 1.001);
    expect(least).toBeLessThan(errorOf('min-max'));
  });

  it.each(['min-max', 'moving-average', 'percentile', 'mse', 'kl'] as const)('%s of zeros is empty', (name) => {
    const collector = new StatisticsCollector(1);
    collector.add(new Float32Array(10));
    const { min, max } = observers[name](collector.finish(), 'int8');
    expect([min + 0, max + 0]).toEqual([0, 0]);
  });
});

describe('statistics', () => {
  it('are kept for each channel', () => {
    const collector = new StatisticsCollector(2);
    collector.add(Float32Array.of(1, -5, 3, 2));
    const { channels, range, samples } = collector.finish();
    expect([...channels.min]).toEqual([1, -5]);
    expect([...channels.max]).toEqual([3, 2]);
    expect([...channels.sum]).toEqual([4, -3]);
    expect([...channels.sumOfSquares]).toEqual([10, 29]);
    expect(range).toEqual({ min: -5, max: 3 });
    expect(samples).toBe(1);
  });

  it('count what is not finite and go on without it', () => {
    const collector = new StatisticsCollector(1);
    collector.add(Float32Array.of(1, Number.NaN, 2));
    const { notFinite, range } = collector.finish();
    expect(notFinite).toBe(1);
    expect(range).toEqual({ min: 1, max: 2 });
  });
});
