import { describe, expect, it } from 'vitest';
import { inverseFactor } from '../../converter/compress/inverse-factor.ts';
import { random } from '../backends/wasm/run-graph.ts';

/** Sum of x x^T over `rows` random vectors. */
function moments(size: number, rows: number): Float64Array {
  const next = random(size + rows);
  const sum = new Float64Array(size * size);
  for (let row = 0; row < rows; row++) {
    const x = Array.from({ length: size }, () => next() - 0.3);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) sum[i * size + j] = (sum[i * size + j] ?? 0) + (x[i] ?? 0) * (x[j] ?? 0);
  }
  return sum;
}

describe('the factor of an inverse', () => {
  it.each([
    [1, 3],
    [4, 9],
    [5, 2],
    [17, 40],
    [33, 10],
  ])('of size %i from %i rows is upper triangular, and U (H + damping) U^T is 1', (size, rows) => {
    const sum = moments(size, rows);
    const factor = inverseFactor(sum, size);
    const mean = Array.from({ length: size }, (_, i) => sum[i * size + i] ?? 0).reduce((a, b) => a + b, 0) / size;
    const h = (i: number, j: number) => (sum[i * size + j] ?? 0) + (i === j ? 0.01 * mean : 0);
    const u = (i: number, j: number) => factor[i * size + j] ?? 0;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        if (j < i) expect(u(i, j)).toBe(0);
        let value = 0;
        for (let k = 0; k < size; k++) for (let l = 0; l < size; l++) value += u(i, k) * h(k, l) * u(j, l);
        expect(value).toBeCloseTo(i === j ? 1 : 0, 6);
      }
    }
  });

  it('of inputs that are always 0 is the identity', () => {
    expect([...inverseFactor(new Float64Array(4), 2)]).toEqual([1, 0, 0, 1]);
  });
});
