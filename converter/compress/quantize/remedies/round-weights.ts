import { dataAs, type Tensor } from '../../../tensor/tensor.ts';
import type { Moments, WeightBlock } from '../../input-moments.ts';
import { inverseFactor } from '../../inverse-factor.ts';
import { nearestStored, type StoredWeights, type StoreWeights, weightLimit, weightScales } from '../lower/weights.ts';

/**
 * Rounds the weights of a layer one input at a time, and lets the weights that are not rounded yet make up for the error, so that the
 * layer's output on calibration inputs changes least: OBQ with a fixed order and Cholesky factors (Frantar et al. 2022, "GPTQ").
 *
 * @param moments sums of x x^T of the layer's inputs
 * @param limit largest size of a stored weight: 127, or 7 for weights of 4 bits
 */
export function secondOrderWeights(moments: Moments, limit: number = weightLimit): StoreWeights {
  return (weights, axis, leastScales) => {
    const scales = weightScales(weights, axis, limit, leastScales);
    const left = Float64Array.from(dataAs(weights, 'float32'));
    const data = new Int8Array(left.length);
    moments.blocks.forEach((block, i) => {
      const factor = inverseFactor(moments.sums[i] ?? new Float64Array(), block.size);
      for (const output of block.outputs) roundRow(left, data, scales[output] ?? 1, block, output, factor, limit);
    });
    return keepBetter({ data, scales }, weights, axis, moments, limit);
  };
}

/** Rounds the weights of one output; `left` has the real weights with what earlier ones left to make up for. */
function roundRow(
  left: Float64Array,
  data: Int8Array,
  scale: number,
  { size, weightAt }: WeightBlock,
  output: number,
  factor: Float64Array,
  limit: number,
): void {
  for (let k = 0; k < size; k++) {
    const at = weightAt(output, k);
    const value = left[at] ?? 0;
    const stored = Math.max(-limit, Math.min(limit, Math.round(value / scale)));
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
function keepBetter(
  found: StoredWeights,
  weights: Tensor,
  axis: number,
  moments: Moments,
  limit: number,
): StoredWeights {
  const real = dataAs(weights, 'float32');
  const nearest = nearestStored(weights, axis, found.scales, limit);
  const data = found.data.slice();
  moments.blocks.forEach((block, i) => {
    const sum = moments.sums[i] ?? new Float64Array();
    for (const output of block.outputs) {
      const scale = found.scales[output] ?? 1;
      const errorOf = (stored: Int8Array) => outputError(sum, block, output, real, stored, scale);
      if (errorOf(nearest) < errorOf(data)) {
        for (let k = 0; k < block.size; k++) {
          const at = block.weightAt(output, k);
          data[at] = nearest[at] ?? 0;
        }
      }
    }
  });
  return { data, scales: found.scales };
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
