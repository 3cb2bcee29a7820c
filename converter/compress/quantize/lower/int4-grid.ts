import { type GroupSize, groupCount, largestMultiplier } from '../../../tensor/int4.ts';
import { dimension } from '../../../tensor/shape.ts';
import { dataAs, type Tensor } from '../../../tensor/tensor.ts';
import { type GridsOf, nearestOnGrid, plainGrid, type WeightGrid } from './grid.ts';
import type { StoreWeights } from './weights.ts';

/** Largest size of a weight of 4 bits: symmetric, as for int8. */
const limit = 7;

/** Shares of the largest weight of a channel or group that are tried for the end of its range: what lies beyond is clipped. */
const clippings = [1, 0.93, 0.86, 0.79, 0.72, 0.65, 0.58] as const;

/** How much an error of weight `element` harms, compared with others: the mean square of the input that it multiplies. */
export type Importance = (element: number) => number;

/** Every weight to the nearest of 15 numbers, with the range that its channel, or its groups, have. */
export function nearestInt4(group: GroupSize | null): StoreWeights {
  return (weights, axis, leastScales) => {
    const grids = group === null ? plainGrid(limit) : groupGrids(group, null, [1]);
    const [grid] = grids(weights, axis, leastScales);
    if (grid === undefined) throw new RangeError('there is no grid');
    return { data: nearestOnGrid(weights, axis, grid), scales: grid.scales };
  };
}

/** Grids of 15 numbers with narrower and wider ranges, from which each output takes what suits it. */
export function int4Grids(group: GroupSize | null, importance: Importance): GridsOf {
  if (group !== null) return groupGrids(group, importance, clippings);
  return (weights, axis, leastScales) =>
    clippings.flatMap((share) => {
      const [widest] = plainGrid(limit)(weights, axis, leastScales);
      if (widest === undefined) return [];
      const scales = widest.scales.map((scale, c) => Math.fround(Math.max(scale * share, leastScales[c] ?? 0)));
      return [{ ...widest, scales }];
    });
}

/**
 * Grids with a multiplier for each group. The scale of a channel is such that the widest range of its groups has the largest multiplier;
 * the others have what comes nearest: to their largest weight, or with `importance` to all of their weights.
 */
function groupGrids(group: GroupSize, importance: Importance | null, shares: readonly number[]): GridsOf {
  return (weights, axis, leastScales) => {
    const plain = plainGrid(limit * largestMultiplier)(weights, axis, leastScales)[0];
    return shares.map((share): WeightGrid => {
      const scales = (plain?.scales ?? []).map((scale, c) => Math.fround(Math.max(scale * share, leastScales[c] ?? 0)));
      return gridWith(weights, group, scales, importance);
    });
  };
}

function gridWith(
  weights: Tensor,
  group: GroupSize,
  scales: readonly number[],
  importance: Importance | null,
): WeightGrid {
  const data = dataAs(weights, 'float32');
  const rows = dimension(weights.type.shape, 0);
  const size = data.length / rows;
  const groups = groupCount(size, group);
  const multipliers = Uint8Array.from({ length: rows * groups }, (_, i) => {
    const [row, first] = [Math.floor(i / groups), (i % groups) * group];
    const values = data.subarray(row * size + first, row * size + Math.min(size, first + group));
    const scale = scales[row] ?? 1;
    if (importance === null) return widest(values, scale);
    return best(values, scale, (k) => importance(row * size + first + k));
  });
  return {
    scales,
    limit,
    multiplierAt: (i) => multipliers[Math.floor(i / size) * groups + Math.floor((i % size) / group)] ?? 1,
  };
}

/** The least multiplier with which no weight is clipped. */
function widest(values: Float32Array, scale: number): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Math.max(1, Math.min(largestMultiplier, Math.ceil(largest / (scale * limit) - 1e-6)));
}

/** The multiplier with the least sum of weighted squared errors of the nearest numbers. */
function best(values: Float32Array, scale: number, weightOf: (k: number) => number): number {
  let [found, least] = [1, Number.POSITIVE_INFINITY];
  for (let multiplier = 1; multiplier <= largestMultiplier; multiplier++) {
    const step = multiplier * scale;
    let error = 0;
    for (let k = 0; k < values.length && error < least; k++) {
      const value = values[k] ?? 0;
      const off = value - step * Math.max(-limit, Math.min(limit, Math.round(value / step)));
      error += weightOf(k) * off * off;
    }
    if (error < least) [found, least] = [multiplier, error];
  }
  return found;
}
