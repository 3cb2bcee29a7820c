import { describe, expect, it } from 'vitest';
import { cholesky, inverseOf, solveWith } from '../../../converter/compress/prune/linear.ts';
import { random } from '../../backends/wasm/run-graph.ts';

function definite(size: number): Float64Array {
  const next = random(size);
  const b = Float64Array.from({ length: size * size }, () => next() - 0.5);
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    let sum = i === j ? 0.1 : 0;
    for (let k = 0; k < size; k++) sum += (b[i * size + k] ?? 0) * (b[j * size + k] ?? 0);
    return sum;
  });
}

describe('linear algebra', () => {
  it.each([1, 2, 7, 33])('solves and inverts %i unknowns', (size) => {
    const a = definite(size);
    const l = cholesky(a, size);
    const next = random(1);
    const b = Float64Array.from({ length: size * 3 }, () => next());
    const x = solveWith(l ?? a, size, b, 3);
    const inverse = inverseOf(a, size);
    for (let i = 0; i < size; i++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += (a[i * size + k] ?? 0) * (x[k * 3 + c] ?? 0);
        expect(sum).toBeCloseTo(b[i * 3 + c] ?? 0, 8);
      }
      for (let j = 0; j < size; j++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += (a[i * size + k] ?? 0) * (inverse[k * size + j] ?? 0);
        expect(sum).toBeCloseTo(i === j ? 1 : 0, 8);
      }
    }
  });

  it('says of a matrix that is not positive definite that it is not', () => {
    expect(cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBeNull();
    expect(() => inverseOf(new Float64Array(4), 2)).toThrow('not positive definite');
  });
});
