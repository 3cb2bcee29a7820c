/**
 * x >= 0 that makes |A x - b|^2 least, by coordinate descent on the normal equations (Franc, Hlavac, Navara, Sequential Coordinate-Wise
 * Algorithm for the Non-negative Least Squares Problem, CAIP 2005). Rows of `a` are equations; columns of zeros get 0.
 */
export function nonNegativeLeastSquares(a: readonly (readonly number[])[], b: readonly number[]): readonly number[] {
  const size = a[0]?.length ?? 0;
  const gram = Array.from({ length: size }, () => new Float64Array(size));
  const moment = new Float64Array(size);
  a.forEach((row, r) => {
    row.forEach((value, i) => {
      if (value === 0) return;
      moment[i] = (moment[i] ?? 0) + value * (b[r] ?? 0);
      const line = gram[i] ?? moment;
      row.forEach((other, j) => {
        line[j] = (line[j] ?? 0) + value * other;
      });
    });
  });
  return descend(gram, moment);
}

const mostSweeps = 20_000;

/** A coordinate that changes the fit by less than this part is settled. */
const tolerance = 1e-9;

function descend(gram: readonly Float64Array[], moment: Float64Array): readonly number[] {
  const x = new Float64Array(moment.length);
  // gram * x - moment, kept up to date.
  const slope = moment.map((value) => -value);
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let largest = 0;
    gram.forEach((line, i) => {
      const curve = line[i] ?? 0;
      if (curve <= 0) return;
      const old = x[i] ?? 0;
      const next = Math.max(0, old - (slope[i] ?? 0) / curve);
      const change = next - old;
      if (change === 0) return;
      x[i] = next;
      for (let j = 0; j < slope.length; j++) slope[j] = (slope[j] ?? 0) + change * (line[j] ?? 0);
      largest = Math.max(largest, Math.abs(change) * Math.sqrt(curve));
    });
    if (largest < tolerance) break;
  }
  return [...x];
}
