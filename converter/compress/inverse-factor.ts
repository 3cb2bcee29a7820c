/** Share of the mean of the diagonal that is added to it, so that inputs that never vary do no harm (GPTQ, section 3.3). */
const damping = 0.01;

/**
 * The upper triangular U with (H + damping)^-1 = U^T U, row-major, for H = `sum`, a symmetric matrix without negative eigenvalues.
 *
 * With J the reversal of rows and columns, J (H + damping) J = L L^T by Cholesky, so H + damping = R R^T with the upper triangular
 * R = J L J, and (H + damping)^-1 = R^-T R^-1: U is R^-1. That takes one factorization and one triangular inverse, a third of the work
 * of factoring the inverse, and never forms it.
 */
export function inverseFactor(sum: Float64Array, size: number): Float64Array {
  let mean = 0;
  for (let i = 0; i < size; i++) mean += (sum[i * size + i] ?? 0) / size;
  const extra = mean === 0 ? 1 : damping * mean;
  const reversed = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const value = sum[(size - 1 - i) * size + (size - 1 - j)] ?? 0;
      reversed[i * size + j] = i === j ? value + extra : value;
    }
  }
  factorize(reversed, size, extra);
  return reversedInverse(reversed, size);
}

/** Cholesky factor L of a symmetric matrix in the place of its lower triangle, row by row. Pivots do not fall below `least`. */
function factorize(matrix: Float64Array, size: number, least: number): void {
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j <= i; j++) {
      const other = j * size;
      // Four sums, since one would wait for itself.
      let [a, b, c, d] = [0, 0, 0, 0];
      let k = 0;
      for (; k + 4 <= j; k += 4) {
        a += at(matrix, row + k) * at(matrix, other + k);
        b += at(matrix, row + k + 1) * at(matrix, other + k + 1);
        c += at(matrix, row + k + 2) * at(matrix, other + k + 2);
        d += at(matrix, row + k + 3) * at(matrix, other + k + 3);
      }
      for (; k < j; k++) a += at(matrix, row + k) * at(matrix, other + k);
      const rest = at(matrix, row + j) - (a + b + (c + d));
      matrix[row + j] = i === j ? Math.sqrt(Math.max(least, rest)) : rest / at(matrix, other + j);
    }
  }
}

/** J L^-1 J for a lower triangular L, which is the inverse of J L J: upper triangular. */
function reversedInverse(lower: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  // Row i of L^-1 is (e_i - sum over k < i of L[i,k] row k) / L[i,i]; it is kept at its reversed place.
  const last = size - 1;
  for (let i = 0; i < size; i++) {
    const to = (last - i) * size;
    for (let k = 0; k < i; k++) {
      const factor = at(lower, i * size + k);
      if (factor === 0) continue;
      const from = (last - k) * size;
      for (let j = last - k; j < size; j++) inverse[to + j] = at(inverse, to + j) - factor * at(inverse, from + j);
    }
    const pivot = at(lower, i * size + i);
    inverse[to + last - i] = 1;
    for (let j = last - i; j < size; j++) inverse[to + j] = at(inverse, to + j) / pivot;
  }
  return inverse;
}

const at = (matrix: Float64Array, index: number): number => matrix[index] ?? 0;
