import { dataAs, type Tensor } from '../../../tensor/tensor.ts';
import type { Moments } from '../../input-moments.ts';
import type { StoredWeights } from '../lower/weights.ts';

/**
 * What has to be added to the bias of each output, so that rounding the weights does not shift the output on average: minus the mean of
 * (W_stored - W) x (Nagel et al. 2019, section 4.2, with the means of calibration).
 */
export function biasCorrection(real: Tensor, stored: StoredWeights, moments: Moments): Float64Array {
  const weights = dataAs(real, 'float32');
  const shift = new Float64Array(stored.scales.length);
  moments.blocks.forEach(({ outputs, size, weightAt }, i) => {
    const mean = moments.means[i] ?? new Float64Array(size);
    for (const output of outputs) {
      const scale = stored.scales[output] ?? 1;
      for (let k = 0; k < size; k++) {
        const at = weightAt(output, k);
        const error = (stored.data[at] ?? 0) * scale - (weights[at] ?? 0);
        shift[output] = (shift[output] ?? 0) - error * (mean[k] ?? 0);
      }
    }
  });
  return shift;
}
