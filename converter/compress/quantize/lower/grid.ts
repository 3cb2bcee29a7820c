import { roundHalfAway } from '../../../tensor/requantize.ts';
import { dataAs, type Tensor } from '../../../tensor/tensor.ts';
import { channelIndex, type StoreWeights, weightLimit, weightScales } from './weights.ts';

/**
 * The numbers that weights may become: multiplier * n for whole numbers n of at most `limit`, times the scale of the output channel. The
 * multiplier is 1 but for groups of weights of 4 bits.
 */
export interface WeightGrid {
  readonly scales: readonly number[];
  readonly limit: number;
  multiplierAt(element: number): number;
}

/** Grids to choose from for each output. `leastScales` says how small the scale of each channel may be. */
export type GridsOf = (weights: Tensor, axis: number, leastScales: readonly number[]) => readonly WeightGrid[];

/** Whole numbers of at most `limit`, the largest weight of each channel being the last of them. */
export function plainGrid(limit: number): GridsOf {
  return (weights, axis, leastScales) => [
    { scales: weightScales(weights, axis, limit, leastScales), limit, multiplierAt: () => 1 },
  ];
}

export const int8Grid: GridsOf = plainGrid(weightLimit);

/** The number of the grid next to `value`, for element `i` of channel `channel`, as it is stored. */
export function nextOnGrid({ scales, limit, multiplierAt }: WeightGrid, i: number, channel: number, value: number) {
  const multiplier = multiplierAt(i);
  const n = roundHalfAway(value / ((scales[channel] ?? 1) * multiplier));
  return multiplier * Math.max(-limit, Math.min(limit, n));
}

/** Every weight as the next number of the grid. */
export function nearestOnGrid(weights: Tensor, axis: number, grid: WeightGrid): Int8Array {
  const channelOf = channelIndex(weights.type, axis);
  return Int8Array.from(dataAs(weights, 'float32'), (value, i) => nextOnGrid(grid, i, channelOf(i), value));
}

/** Every weight to the nearest integer. */
export const nearestWeights: StoreWeights = (weights, axis, leastScales) => {
  const scales = weightScales(weights, axis, weightLimit, leastScales);
  return { data: nearestOnGrid(weights, axis, { scales, limit: weightLimit, multiplierAt: () => 1 }), scales };
};
