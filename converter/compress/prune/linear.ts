import { InternalError } from '../../problem.ts';

/** A square, symmetric, positive definite matrix, row-major in 64-bit floats. */
export type Square = Float64Array;

/**
 * The lower triangular L with A = L L^T (Cholesky), in the lower triangle of the result. Row by row, so that the inner loop runs over
 * two rows that lie in memory as they are read.
 *
 * @returns null where A is not positive definite
 */
export function cholesky(a: Square, size: number): Square | null {
  const l = a.slice();
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j <= i; j++) {
      const other = j * size;
      let sum = l[row + j] ?? 0;
      for (let k = 0; k < j; k++) sum -= (l[row + k] ?? 0) * (l[other + k] ?? 0);
      if (j < i) {
        l[row + j] = sum / (l[other + j] ?? 1);
      } else {
        if (!(sum > 0)) return null;
        l[row + i] = Math.sqrt(sum);
      }
    }
  }
  return l;
}

/** X with A X = B for the Cholesky factor of A and B of `columns` columns, row-major. */
export function solveWith(l: Square, size: number, b: Float64Array, columns: number): Float64Array {
  const x = b.slice();
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) subtractRow(x, i, k, l[i * size + k] ?? 0, columns);
    divideRow(x, i, l[i * size + i] ?? 1, columns);
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) subtractRow(x, i, k, l[k * size + i] ?? 0, columns);
    divideRow(x, i, l[i * size + i] ?? 1, columns);
  }
  return x;
}

/** Row i of x loses `factor` times row k. */
function subtractRow(x: Float64Array, i: number, k: number, factor: number, columns: number): void {
  if (factor === 0) return;
  const [to, from] = [i * columns, k * columns];
  for (let c = 0; c < columns; c++) x[to + c] = (x[to + c] ?? 0) - factor * (x[from + c] ?? 0);
}

function divideRow(x: Float64Array, i: number, divisor: number, columns: number): void {
  for (let c = i * columns; c < (i + 1) * columns; c++) x[c] = (x[c] ?? 0) / divisor;
}

/** The inverse of a positive definite matrix. Throws InternalError for any other. */
export function inverseOf(a: Square, size: number): Square {
  const l = cholesky(a, size);
  if (l === null) throw new InternalError(`a ${size} x ${size} matrix is not positive definite`);
  const unit = new Float64Array(size * size);
  for (let i = 0; i < size; i++) unit[i * size + i] = 1;
  return solveWith(l, size, unit, size);
}

/** Mean of the diagonal. */
export function meanDiagonal(a: Square, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += a[i * size + i] ?? 0;
  return size === 0 ? 0 : sum / size;
}
