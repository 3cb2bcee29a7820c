import { describe, expect, it } from 'vitest';
import { layerTrips } from '../../../../converter/backends/c/counts/layer.ts';
import type { CountedCpu } from '../../../../converter/backends/c/counts/processors.ts';
import type { CLayer } from '../../../../converter/backends/c/kernel.ts';

/** Counts of statements of C by the beginning of their text. */
function counts(body: string, cpu: CountedCpu = 'cortex-m4', parameters: CLayer['parameters'] = []) {
  const trips = layerTrips({ stem: 'f', parameters, body, headers: ['panel.h', 'helium.h', 'bands.h'] }, cpu);
  return (start: string) => {
    let sum = 0;
    for (const [key, { count }] of trips.all) if (key.startsWith(start)) sum += count;
    return sum;
  };
}

describe('executed statements', () => {
  it('of loops in loops multiply', () => {
    const of = counts(
      'int32_t a = x; for (int32_t i = 0; i < 7; i++) { for (int32_t k = 2; k < 20; k += 3) { a += k; } }',
    );
    expect([of('f|a +='), of('f|for(int32_t i'), of('f|int32_t a')]).toEqual([42, 8, 0]);
  });

  it('of a branch are those of the rounds that take it', () => {
    const of = counts('for (int32_t y = 0; y < 100; y++) { if (y < 3 || y >= 98) { a[y] += 1; } else { b[y] += 1; } }');
    expect([of('f|a['), of('f|b[')]).toEqual([5, 95]);
  });

  it('see windows across the edges of an image', () => {
    const of = counts(`for (int32_t oy = 0; oy < 40; oy++) {
        const int32_t y0 = oy * 2 - 1;
        for (int32_t ox = 0; ox < 30; ox++) {
            const int32_t x0 = ox - 1;
            if (y0 >= 0 && y0 <= 77 && x0 >= 0 && x0 <= 27) { inside[ox] += 1; } else { outside[ox] += 1; }
        }
    }`);
    expect([of('f|inside'), of('f|outside')]).toEqual([39 * 28 - 0, 40 * 30 - 39 * 28]);
  });

  it('count on from what a loop left behind', () => {
    const of = counts(
      'int32_t n = 0; for (int32_t i = 0; i < 9; i++) { n += 4; } for (int32_t k = 0; k < n; k++) { a[k] += 1; }',
    );
    expect(of('f|a[')).toBe(36);
  });

  it('are half of both ways where data decides', () => {
    const of = counts('for (int32_t i = 0; i < 10; i++) { if (x[i] > 3) { a[i] += 1; } else { b[i] += 1; } }');
    expect([of('f|a['), of('f|b[')]).toEqual([5, 5]);
  });

  it('stop at break and leave out what is behind continue', () => {
    const of = counts(
      'for (int32_t i = 0; i < 10; i++) { if (i == 6) { break; } if (i < 2) { continue; } a[i] += 1; }',
    );
    expect(of('f|a[')).toBe(4);
  });

  it('of functions in assembly come from their arguments and structures', () => {
    const of = counts(`const struct thimble_tile tile = {
        biases, factors, -3, 64, 16, 1, 1152,
    };
    for (int32_t first = 0; first < 64; first += 4) {
        thimble_tile4_exact_each(panel, weights, output + first * 64, &tile);
    }`);
    const part = (name: string) => of(`thimble_tile4_exact_each|${name}`);
    expect([part('call'), part('turns'), part('groups'), part('rounds'), part('singles')]).toEqual([
      ...[16, 16 * 32, 16 * 32 * 143, 16 * 32 * 36, 16],
    ]);
  });

  it('differ by processor where the text does', () => {
    const body = '#if THIMBLE_DSP\na[0] += 1;\n#else\nb[0] += 1;\n#endif';
    expect([counts(body, 'cortex-m4')('f|a['), counts(body, 'cortex-m3')('f|b[')]).toEqual([1, 1]);
  });

  it('of a loop that fills memory are those of memset', () => {
    const of = counts('for (int32_t i = 0; i < 35; i++) { *output++ = -6; }', 'cortex-m4', [
      { declaration: 'int8_t *output', argument: { kind: 'scratch' } },
    ]);
    expect([of('memset|sixteens'), of('memset|rest'), of('f|for')]).toEqual([2, 3, 1]);
  });
});
