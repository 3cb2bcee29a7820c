import { describe, expect, test } from 'vitest';
import { noInstructions } from '../../../converter/backends/wasm/counts/instructions.ts';
import { pricesFor } from '../../../converter/estimate/web/estimate.ts';
import { fitPrices, type TimedLayer } from '../../../converter/estimate/web/fit.ts';
import { nonNegativeLeastSquares } from '../../../converter/estimate/web/least-squares.ts';
import { SizeDraw } from '../../../converter/estimate/web/size-draw.ts';
import { syntheticLayers } from '../../../converter/estimate/web/synthetic.ts';

describe('nonNegativeLeastSquares', () => {
  test('solves what has a solution, and keeps to 0 what would be negative', () => {
    const rows = [
      [1, 0, 2],
      [0, 1, 1],
      [1, 1, 0],
      [3, 1, 1],
    ];
    const goal = rows.map(([a = 0, b = 0, c = 0]) => 2 * a + 3 * b + 0.5 * c);
    const found = nonNegativeLeastSquares(rows, goal);
    expect(found.map((value) => Math.round(1e6 * value) / 1e6)).toEqual([2, 3, 0.5]);
    expect(nonNegativeLeastSquares([[1], [1]], [-1, -2])).toEqual([0]);
    expect(nonNegativeLeastSquares([], [])).toEqual([]);
  });
});

/** Layers whose time is known: 50 ns, and so much for each load, multiplication and byte beyond 1 MiB. */
function layers(count: number, noise: number): readonly TimedLayer[] {
  const draw = new SizeDraw('fit');
  return Array.from({ length: count }, () => {
    const [loads, multiplies] = [draw.size(100, 100_000), draw.size(100, 100_000)];
    const constantBytes = draw.size(1000, 4_000_000);
    const counts = { ...noInstructions, loads, multiplies };
    const ns = 50 + 0.2 * loads + 0.5 * multiplies + (constantBytes > 2 ** 20 ? 0.01 * constantBytes : 0);
    const layer = {
      name: '',
      kind: 'conv-2d',
      arithmetic: 'int8',
      counts,
      macs: 0,
      constantBytes,
      activationBytes: 0,
    } as const;
    return { layer: { ...layer, isDivisible: true }, variant: 'dot', ns: ns * (1 + noise * (draw.next() - 0.5)) };
  });
}

describe('fitPrices', () => {
  test('finds what layers cost, and how far off that is', () => {
    const core = { name: 'x', count: 1, clockHz: 1e9, prices: fitPrices(layers(60, 0), 'here') };
    const { terms, error } = pricesFor({ kind: 'conv-2d', arithmetic: 'int8' }, 'dot', core);
    expect(terms.multiplies?.value).toBeCloseTo(0.5, 2);
    expect(terms.loads?.value).toBeCloseTo(0.2, 2);
    expect(terms.call?.value).toBeGreaterThan(40);
    expect(terms.multiplies).toMatchObject({ unit: 'ns', source: 'fitted', ref: 'here' });
    expect(error.value).toBeLessThan(0.05);
  });

  test('says a larger error of noisier times', () => {
    const errorOf = (noise: number) => fitPrices(layers(60, noise), 'here')[0]?.error.value ?? 0;
    expect(errorOf(0.6)).toBeGreaterThan(0.15);
    expect(errorOf(0.1)).toBeLessThan(0.12);
  });
});

test('synthetic layers are the same every time, and the first ones of more', () => {
  const shapes = (count: number) =>
    syntheticLayers('pointwise', 'int8', count).map(({ graph }) =>
      [...graph.values.values()].map(({ type }) => type.shape),
    );
  expect(shapes(6)).toEqual(shapes(6));
  expect(shapes(6).slice(0, 3)).toEqual(shapes(3));
});
