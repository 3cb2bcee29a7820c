import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nonNegativeLeastSquares, type Row } from '../../../bench/counts/least-squares.ts';

const row = (factors: readonly number[], target: number): Row => {
  return { indices: factors.map((_, i) => i), factors, target, weight: 1 };
};
const free = { center: 0, strength: 0 };

describe('non-negative least squares', () => {
  it('finds the numbers that rows were made of', () => {
    const numbers = fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(numbers, (made) => {
        const systems = [
          [4, 1, 0],
          [1, 5, 1],
          [0, 1, 3],
          [2, 0, 1],
        ];
        const rows = systems.map((factors) => {
          return row(
            factors,
            factors.reduce((sum, factor, i) => sum + factor * (made[i] ?? 0), 0),
          );
        });
        nonNegativeLeastSquares(rows, [free, free, free]).forEach((found, i) => {
          expect(found).toBeCloseTo(made[i] ?? 0, 2);
        });
      }),
    );
  });

  it('stops at zero where less would be nearer', () => {
    expect([...nonNegativeLeastSquares([row([1, 1], 1), row([0, 1], 2)], [free, free])]).toEqual([0, 1.5]);
  });

  it('holds what no row decides to its center', () => {
    const [a, b] = nonNegativeLeastSquares([row([1], 3)], [free, { center: 7, strength: 1 }]);
    expect([a, b]).toEqual([3, 7]);
  });
});
