/** One row of a sparse system: which unknowns with which factors, and what they should add up to. */
export interface Row {
  readonly indices: readonly number[];
  readonly factors: readonly number[];
  readonly target: number;
  /** How much a difference counts. */
  readonly weight: number;
}

/** What pulls an unknown towards a value: `strength * (x - center)^2`. */
export interface Pull {
  readonly center: number;
  readonly strength: number;
}

const SWEEPS = 300;

/**
 * The numbers x >= 0 with the least sum of (weight * (factors . x - target))^2 + pulls. By coordinate descent, which ends at the least
 * sum since it is convex and its bounds are one for each unknown (Tseng, Convergence of a Block Coordinate Descent Method,
 * 2001).
 */
export function nonNegativeLeastSquares(rows: readonly Row[], pulls: readonly Pull[]): Float64Array {
  const x = Float64Array.from(pulls, ({ center }) => Math.max(0, center));
  const columns: { row: number; factor: number }[][] = pulls.map(() => []);
  const residuals = new Float64Array(rows.length);
  rows.forEach(({ indices, factors, target, weight }, row) => {
    let sum = -target * weight;
    indices.forEach((index, i) => {
      const factor = (factors[i] ?? 0) * weight;
      columns[index]?.push({ row, factor });
      sum += factor * (x[index] ?? 0);
    });
    residuals[row] = sum;
  });
  const curvatures = columns.map((column) => column.reduce((sum, { factor }) => sum + factor * factor, 0));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let moved = 0;
    columns.forEach((column, index) => {
      const { center, strength } = pulls[index] ?? { center: 0, strength: 0 };
      const curvature = (curvatures[index] ?? 0) + strength;
      if (curvature === 0) return;
      const before = x[index] ?? 0;
      let slope = strength * (before - center);
      for (const { row, factor } of column) slope += factor * (residuals[row] ?? 0);
      const after = Math.max(0, before - slope / curvature);
      if (after === before) return;
      x[index] = after;
      for (const { row, factor } of column) residuals[row] = (residuals[row] ?? 0) + factor * (after - before);
      moved = Math.max(moved, Math.abs(after - before) * Math.sqrt(curvature));
    });
    if (moved < 1e-5) break;
  }
  return x;
}
