import { dataAs, type Tensor } from '../../../tensor/tensor.ts';
import type { Moments, WeightBlock } from '../../input-moments.ts';
import { inverseFactor } from '../../inverse-factor.ts';
import { type GridsOf, int8Grid, nearestOnGrid, nextOnGrid, type WeightGrid } from '../lower/grid.ts';
import type { StoreWeights } from '../lower/weights.ts';

/**
 * Rounds the weights of a layer one input at a time, and lets the weights that are not rounded yet make up for the error, so that the
 * layer's output on calibration inputs changes least: OBQ with a fixed order and Cholesky factors (Frantar et al. 2022, "GPTQ").
 *
 * @param moments sums of x x^T of the layer's inputs
 * @param gridsOf what weights may become; of several grids each output takes the one with the least error
 */
export function secondOrderWeights(moments: Moments, gridsOf: GridsOf = int8Grid): StoreWeights {
  return (weights, axis, leastScales) => {
    const factors = moments.blocks.map(({ size }, i) => inverseFactor(moments.sums[i] ?? new Float64Array(), size));
    const [first, ...others] = gridsOf(weights, axis, leastScales).map((grid) => {
      return roundOnGrid(weights, axis, moments, factors, grid);
    });
    if (first === undefined) throw new RangeError('there is no grid');
    return others.reduce((best, next) => betterOutputs(best, next, moments), first);
  };
}

/** The sum of squares of the input that each weight multiplies. */
export function inputPower({ blocks, sums }: Moments): (element: number) => number {
  const power = new Map<number, number>();
  blocks.forEach(({ outputs, size, weightAt }, i) => {
    for (const output of outputs) {
      for (let k = 0; k < size; k++) power.set(weightAt(output, k), sums[i]?.[k * size + k] ?? 0);
    }
  });
  return (element) => power.get(element) ?? 0;
}

/** Weights on a grid, and the error that they make in each output. */
interface Rounded {
  readonly data: Int8Array;
  readonly scales: readonly number[];
  readonly errors: Float64Array;
}

function roundOnGrid(
  weights: Tensor,
  axis: number,
  moments: Moments,
  factors: readonly Float64Array[],
  grid: WeightGrid,
): Rounded {
  const left = Float64Array.from(dataAs(weights, 'float32'));
  const data = new Int8Array(left.length);
  moments.blocks.forEach((block, i) => {
    const factor = factors[i] ?? new Float64Array();
    for (const output of block.outputs) roundRow(left, data, grid, block, output, factor);
  });
  return keepBetter(data, weights, axis, moments, grid);
}

/** Each output of the one of two roundings in which it has the smaller error. */
function betterOutputs(a: Rounded, b: Rounded, { blocks }: Moments): Rounded {
  const data = a.data.slice();
  const isBetter = (output: number) => (b.errors[output] ?? 0) < (a.errors[output] ?? 0);
  for (const { outputs, size, weightAt } of blocks) {
    for (const output of outputs) {
      if (!isBetter(output)) continue;
      for (let k = 0; k < size; k++) data[weightAt(output, k)] = b.data[weightAt(output, k)] ?? 0;
    }
  }
  return {
    data,
    scales: a.scales.map((scale, output) => (isBetter(output) ? (b.scales[output] ?? scale) : scale)),
    errors: a.errors.map((error, output) => Math.min(error, b.errors[output] ?? error)),
  };
}

/** Rounds the weights of one output; `left` has the real weights with what earlier ones left to make up for. */
function roundRow(
  left: Float64Array,
  data: Int8Array,
  grid: WeightGrid,
  { size, weightAt }: WeightBlock,
  output: number,
  factor: Float64Array,
): void {
  const scale = grid.scales[output] ?? 1;
  for (let k = 0; k < size; k++) {
    const at = weightAt(output, k);
    const value = left[at] ?? 0;
    const stored = nextOnGrid(grid, at, output, value);
    data[at] = stored;
    const start = k * size;
    const error = (value - stored * scale) / (factor[start + k] ?? 1);
    if (error === 0) continue;
    for (let j = k + 1; j < size; j++) {
      const other = weightAt(output, j);
      left[other] = (left[other] ?? 0) - error * (factor[start + j] ?? 0);
    }
  }
}

/** For each output the rounding with the smaller error on the calibration inputs, of this one and the nearest integers. */
function keepBetter(found: Int8Array, weights: Tensor, axis: number, moments: Moments, grid: WeightGrid): Rounded {
  const { scales } = grid;
  const real = dataAs(weights, 'float32');
  const nearest = nearestOnGrid(weights, axis, grid);
  const data = found.slice();
  const errors = new Float64Array(scales.length);
  moments.blocks.forEach((block, i) => {
    const sum = moments.sums[i] ?? new Float64Array();
    for (const output of block.outputs) {
      const scale = scales[output] ?? 1;
      const errorOf = (stored: Int8Array) => outputError(sum, block, output, real, stored, scale);
      const [plain, own] = [errorOf(nearest), errorOf(data)];
      errors[output] = (errors[output] ?? 0) + Math.min(plain, own);
      if (plain < own) {
        for (let k = 0; k < block.size; k++) {
          const at = block.weightAt(output, k);
          data[at] = nearest[at] ?? 0;
        }
      }
    }
  });
  return { data, scales, errors };
}

/** d^T H d for the error d of the weights of one output: the sum of squared errors of the output. */
export function outputError(
  sum: Float64Array,
  { size, weightAt }: WeightBlock,
  output: number,
  real: Float32Array,
  stored: Int8Array,
  scale: number,
): number {
  const error = Float64Array.from({ length: size }, (_, k) => {
    const at = weightAt(output, k);
    return (real[at] ?? 0) - (stored[at] ?? 0) * scale;
  });
  let total = 0;
  for (let i = 0; i < size; i++) {
    const start = i * size;
    let row = 0;
    for (let j = 0; j < size; j++) row += (sum[start + j] ?? 0) * (error[j] ?? 0);
    total += row * (error[i] ?? 0);
  }
  return total;
}
