import { describe, expect, test } from 'vitest';
import { noInstructions } from '../../../converter/backends/wasm/counts/instructions.ts';
import {
  estimateWeb,
  type WebLayer,
  type WebProfile,
  type WebQuantity,
} from '../../../converter/estimate/web/index.ts';

const quantity = (value: number, unit: WebQuantity['unit'], source: WebQuantity['source'] = 'fitted'): WebQuantity => {
  return { value, unit, source, ref: 'a test' };
};

const profile: WebProfile = {
  name: 'mine',
  cores: [
    {
      ...{ name: 'big', count: 1, clockHz: 2e9 },
      prices: [
        {
          ...{ kind: 'any', arithmetic: 'any', variant: 'any', error: quantity(0.5, 'ratio', 'assumed') },
          terms: { multiplies: quantity(2, 'cycles') },
        },
        {
          ...{ kind: 'conv-2d', arithmetic: 'int8', variant: 'dot', error: quantity(0.1, 'ratio') },
          terms: { call: quantity(100, 'ns'), multiplies: quantity(3, 'ns'), beyond32KiB: quantity(1, 'ns') },
        },
      ],
    },
    {
      ...{ name: 'little', count: 2, clockHz: 1e9 },
      prices: [
        {
          ...{ kind: 'any', arithmetic: 'any', variant: 'any', error: quantity(1, 'ratio') },
          terms: { multiplies: quantity(2, 'cycles') },
        },
      ],
    },
  ],
  entry: quantity(10, 'ns'),
  threadEfficiency: quantity(1, 'ratio'),
  threadWait: quantity(0, 'ns'),
  slowRuns: quantity(2, 'ratio'),
};

const layer = (multiplies: number, more: Partial<WebLayer> = {}): WebLayer => ({
  ...{ name: 'a layer', kind: 'conv-2d', arithmetic: 'int8', macs: 0, constantBytes: 0, activationBytes: 0 },
  ...{ isDivisible: true, counts: { ...noInstructions, multiplies } },
  ...more,
});

const use = { profile, variant: 'dot', threads: 1, core: 'big' } as const;

describe('estimateWeb', () => {
  test('takes the prices of the kind, and a bar from their error and slow runs', () => {
    const { milliseconds, error, weakestSource, layers } = estimateWeb({ ...use, layers: [layer(1000)] });
    expect(milliseconds.p50).toBeCloseTo(0.003_11, 9);
    expect(error).toBeCloseTo((0.1 * 3100) / 3110, 9);
    expect(milliseconds.p95).toBeCloseTo(2 * 0.003_11 * (1 + error), 9);
    expect(weakestSource).toBe('fitted');
    expect(layers).toMatchObject([{ name: 'a layer', bound: 'compute' }]);
  });

  test('takes cycles by the clock, and the nearest prices where a kind has none', () => {
    const estimate = estimateWeb({ ...use, layers: [layer(1000, { kind: 'softmax' })] });
    expect(estimate.milliseconds.p50).toBeCloseTo((10 + 1000) / 1e6, 9);
    expect(estimate.weakestSource).toBe('assumed');
  });

  test('constants come from the cache that holds all of them, activations from that which holds the layer', () => {
    const small = layer(0, { constantBytes: 20_000, activationBytes: 10_000 });
    const one = estimateWeb({ ...use, layers: [small] });
    const two = estimateWeb({ ...use, layers: [small, small] });
    expect(one.milliseconds.p50).toBeCloseTo(110 / 1e6, 9);
    expect(two.milliseconds.p50).toBeCloseTo((10 + 2 * 20_100) / 1e6, 9);
    expect(two.layers[0]?.bound).toBe('memory');
  });

  test('threads share long layers over cores that differ', () => {
    const long = layer(1_000_000, { kind: 'matmul' });
    const alone = estimateWeb({ ...use, layers: [long] }).milliseconds.p50;
    const shared = estimateWeb({ ...use, threads: 2, layers: [long] }).milliseconds.p50;
    expect(alone / shared).toBeCloseTo(1.5, 3);
    const kept = estimateWeb({ ...use, threads: 2, layers: [{ ...long, isDivisible: false }] }).milliseconds.p50;
    expect(kept).toBe(alone);
    expect(estimateWeb({ ...use, threads: 2, layers: [layer(10)] }).milliseconds.p50).toBeLessThan(0.001);
  });

  test('runs on the core that is asked for', () => {
    const layers = [layer(1000, { kind: 'softmax' })];
    expect(estimateWeb({ ...use, layers, core: 'little' }).core).toBe('little');
    expect(estimateWeb({ ...use, layers, core: 'little' }).milliseconds.p50).toBeCloseTo(2010 / 1e6, 9);
    expect(() => estimateWeb({ ...use, layers, core: 'middle' })).toThrow(
      'mine has no core "middle": it has big, little',
    );
  });
});
