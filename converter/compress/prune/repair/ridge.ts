import { cholesky, meanDiagonal, type Square, solveWith } from '../linear.ts';

/** Rows of a system of equations: `inputs` rows x size, `errors` rows x outputs, both row-major. */
export interface Equations {
  readonly rows: number;
  readonly size: number;
  readonly outputs: number;
  /** The inputs, with a 1 at the end of each row. */
  readonly inputs: Float32Array;
  /** What the outputs lack to their targets with the weights as they are. */
  readonly errors: Float32Array;
  /** Which half of the samples a row comes from, 0 or 1. */
  readonly half: Uint8Array;
}

/** Strengths of the pull towards the weights as they are, as shares of the mean diagonal. */
const strengths: readonly number[] = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

/** X^T X, and X^T E, and E^T E summed over outputs, per row. */
interface Normal {
  readonly gram: Square;
  readonly cross: Float64Array;
  readonly squares: number;
}

/** A ridge whose strength has been chosen, ready for other right sides. */
export interface Ridge {
  readonly factor: Square | null;
  readonly strength: number;
}

/** The normal equations of the rows of one half, or of all. */
function normalOf({ rows, size, outputs, inputs, errors, half }: Equations, only: 0 | 1 | null): Normal {
  const gram = new Float64Array(size * size);
  const cross = new Float64Array(size * outputs);
  let [squares, count] = [0, 0];
  for (let r = 0; r < rows; r++) {
    if (only !== null && half[r] !== only) continue;
    count++;
    const [x, e] = [r * size, r * outputs];
    for (let i = 0; i < size; i++) {
      const value = inputs[x + i] ?? 0;
      if (value === 0) continue;
      const row = i * size;
      for (let j = i; j < size; j++) gram[row + j] = (gram[row + j] ?? 0) + value * (inputs[x + j] ?? 0);
      const to = i * outputs;
      for (let o = 0; o < outputs; o++) cross[to + o] = (cross[to + o] ?? 0) + value * (errors[e + o] ?? 0);
    }
    for (let o = 0; o < outputs; o++) squares += (errors[e + o] ?? 0) ** 2;
  }
  const scale = 1 / Math.max(1, count);
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      gram[i * size + j] = (gram[i * size + j] ?? 0) * scale;
      gram[j * size + i] = gram[i * size + j] ?? 0;
    }
  }
  return { gram, cross: cross.map((value) => value * scale), squares: squares * scale };
}

const sum = (a: Normal, b: Normal): Normal => ({
  gram: a.gram.map((value, i) => (value + (b.gram[i] ?? 0)) / 2),
  cross: a.cross.map((value, i) => (value + (b.cross[i] ?? 0)) / 2),
  squares: (a.squares + b.squares) / 2,
});

/** The Cholesky factor of the Gram matrix with the ridge; the bias is free but for what keeps the matrix definite. */
function factorOf(gram: Square, size: number, strength: number): Square | null {
  const ridge = strength * meanDiagonal(gram, size) + 1e-12;
  const damped = gram.slice();
  for (let i = 0; i < size - 1; i++) damped[i * size + i] = (damped[i * size + i] ?? 0) + ridge;
  const last = size * size - 1;
  damped[last] = (damped[last] ?? 0) * (1 + 1e-9) + 1e-12;
  return cholesky(damped, size);
}

/** Mean squared error that is left with the change `d`: E^T E - 2 D^T X^T E + D^T X^T X D. */
function errorWith({ gram, cross, squares }: Normal, d: Float64Array, size: number, outputs: number): number {
  let total = squares;
  for (let i = 0; i < size; i++) {
    for (let o = 0; o < outputs; o++) total -= 2 * (d[i * outputs + o] ?? 0) * (cross[i * outputs + o] ?? 0);
    for (let j = 0; j < size; j++) {
      const g = gram[i * size + j] ?? 0;
      if (g === 0) continue;
      for (let o = 0; o < outputs; o++) total += g * (d[i * outputs + o] ?? 0) * (d[j * outputs + o] ?? 0);
    }
  }
  return total;
}

/** A fitted change of the weights, size x outputs, and the ridge it was found with. */
export interface Fit {
  readonly change: Float64Array;
  readonly ridge: Ridge;
  /** Mean squared error over the outputs before and after, on the rows it was fitted to. */
  readonly before: number;
  readonly after: number;
}

/**
 * The change D of the weights that makes |X D - E|^2 + lambda |D|^2 smallest: ridge regression towards the weights as they are. lambda is
 * the one of {@link strengths} with which a fit to one half of the samples errs least on the other half; no change at all where none does
 * better than that.
 */
export function fitRidge(equations: Equations): Fit {
  const { size, outputs } = equations;
  const [even, odd] = [normalOf(equations, 0), normalOf(equations, 1)];
  const all = sum(even, odd);
  let best = { strength: Number.POSITIVE_INFINITY, error: even.squares + odd.squares };
  for (const strength of strengths) {
    const error = [
      [even, odd],
      [odd, even],
    ].reduce((total, [from, on]) => {
      if (from === undefined || on === undefined) return total;
      const factor = factorOf(from.gram, size, strength);
      if (factor === null) return Number.POSITIVE_INFINITY;
      return total + errorWith(on, solveWith(factor, size, from.cross, outputs), size, outputs);
    }, 0);
    if (error < best.error) best = { strength, error };
  }
  const factor = Number.isFinite(best.strength) ? factorOf(all.gram, size, best.strength) : null;
  const change = factor === null ? new Float64Array(size * outputs) : solveWith(factor, size, all.cross, outputs);
  const ridge = { factor, strength: best.strength };
  return { change, ridge, before: all.squares, after: errorWith(all, change, size, outputs) };
}

/** The change for other errors of the same rows, with the ridge of an earlier fit. */
export function refit(equations: Equations, { factor }: Ridge): Float64Array {
  const { rows, size, outputs, inputs, errors } = equations;
  const cross = new Float64Array(size * outputs);
  if (factor === null) return cross;
  for (let r = 0; r < rows; r++) {
    const [x, e] = [r * size, r * outputs];
    for (let i = 0; i < size; i++) {
      const value = (inputs[x + i] ?? 0) / rows;
      if (value === 0) continue;
      const to = i * outputs;
      for (let o = 0; o < outputs; o++) cross[to + o] = (cross[to + o] ?? 0) + value * (errors[e + o] ?? 0);
    }
  }
  return solveWith(factor, size, cross, outputs);
}
