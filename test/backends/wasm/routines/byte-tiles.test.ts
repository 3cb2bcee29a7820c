import { describe, expect, test } from 'vitest';
import { tilesOf } from '../../../../converter/backends/wasm/routines/byte-tiles.ts';

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe('a run of pixels is divided among tiles', () => {
  test('that cover it, none wider than its part', () => {
    for (let pixels = 1; pixels <= 300; pixels++) {
      const runs = tilesOf(pixels, 'dot');
      expect(sum(runs.map((run) => run.pixels))).toBe(pixels);
      for (const run of runs) expect(run.tile).toBeLessThanOrEqual(run.pixels);
      expect(runs.length).toBeLessThanOrEqual(2);
    }
  });

  test.each([
    [32, '4 of 6, 2 of 4'],
    [24, '4 of 6'],
    [16, '2 of 6, 1 of 4'],
    [10, '1 of 6, 1 of 4'],
    [9, '1 of 5, 1 of 4'],
    [8, '2 of 4'],
    [5, '1 of 5'],
    [3, '1 of 3'],
  ])('without pixels that are computed twice where that is cheaper: %i', (pixels, expected) => {
    expect(
      tilesOf(pixels, 'dot')
        .map(({ tile, pixels: part }) => `${part / tile} of ${tile}`)
        .join(', '),
    ).toBe(expected);
  });
});
