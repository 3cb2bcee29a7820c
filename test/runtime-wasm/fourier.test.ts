import { describe, expect, test } from 'vitest';
import { fourierTransform } from '../../runtime-wasm/fourier.js';
import { random } from '../backends/wasm/run-graph.ts';

/** The sum as the definition reads. */
function definition(re: Float64Array, im: Float64Array): readonly [Float64Array, Float64Array] {
  const size = re.length;
  const sums = Array.from({ length: size }, (_, k) => {
    let [x, y] = [0, 0];
    for (let n = 0; n < size; n++) {
      const angle = (-2 * Math.PI * ((k * n) % size)) / size;
      x += (re[n] ?? 0) * Math.cos(angle) - (im[n] ?? 0) * Math.sin(angle);
      y += (re[n] ?? 0) * Math.sin(angle) + (im[n] ?? 0) * Math.cos(angle);
    }
    return [x, y] as const;
  });
  return [Float64Array.from(sums, ([x]) => x), Float64Array.from(sums, ([, y]) => y)];
}

describe('the transform is the sum of its definition', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 100, 127, 128, 129, 400])('of %i points', (size) => {
    const next = random(size);
    const [re, im] = [0, 1].map(() => Float64Array.from({ length: size }, () => next() * 2 - 1));
    if (re === undefined || im === undefined) return;
    const [wantedRe, wantedIm] = definition(re, im);
    fourierTransform(size)(re, im);
    const errors = [...re.map((x, k) => x - (wantedRe[k] ?? 0)), ...im.map((y, k) => y - (wantedIm[k] ?? 0))];
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(1e-12 * size);
  });

  test('with the same tables for the next', () => {
    const transform = fourierTransform(12);
    const [first, second] = [0, 1].map(() => {
      const [re, im] = [Float64Array.from({ length: 12 }, (_, n) => n), new Float64Array(12)];
      transform(re, im);
      return [...re, ...im];
    });
    expect(first).toEqual(second);
  });
});
