import { expect, test } from 'vitest';
import { dozenLayers } from '../../converter/estimate/measured/dozen.ts';
import { fitRates, rateFor } from '../../converter/estimate/measured/fit.ts';

test('rates are by kind, and those of all where a kind was not timed', () => {
  const rates = fitRates([
    { kind: 'conv-2d', instructions: 1000, cycles: 1500 },
    { kind: 'conv-2d', instructions: 3000, cycles: 4500 },
    { kind: 'zip', instructions: 1000, cycles: 2000 },
    { kind: 'map', instructions: 0, cycles: 7 },
  ]);
  expect(rateFor(rates, 'conv-2d')?.cycles).toBeCloseTo(1.5, 6);
  expect(rateFor(rates, 'zip')?.cycles).toBeCloseTo(2, 6);
  expect(rateFor(rates, 'softmax')?.cycles).toBeCloseTo(1.6, 6);
  expect(rates.find(({ kind }) => kind === 'conv-2d')?.error).toBe(0);
  expect(rates.find(({ kind }) => kind === 'any')?.error).toBeGreaterThan(0);
  expect(rateFor([], 'zip')).toBeUndefined();
});

test('the dozen layers fit a small microcontroller', () => {
  const { nodes, values } = dozenLayers();
  expect(nodes.length).toBeGreaterThanOrEqual(12);
  const constants = [...values.values()].reduce((sum, { data }) => sum + (data?.byteLength ?? 0), 0);
  expect(constants).toBeLessThan(32 * 1024);
});
