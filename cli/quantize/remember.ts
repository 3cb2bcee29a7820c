import type { Sample } from '../../converter/compress/quantize/calibrate.ts';
import { byteSize, type Tensor } from '../../converter/tensor/tensor.ts';

/** What is kept of samples at most: 200 pictures of 224x224 in float32. */
export const rememberedBytes = 128 * 2 ** 20;

/**
 * The same samples, of which the first that are loaded stay in memory as long as they take at most `bytes` together: calibration passes
 * over its samples several times, and decoding a picture takes longer than a small model.
 */
export function rememberSamples<T extends { readonly load: Sample }>(
  samples: readonly T[],
  bytes: number = rememberedBytes,
): readonly T[] {
  let left = bytes;
  return samples.map((sample) => {
    let kept: readonly Tensor[] | null = null;
    const load = () => {
      if (kept !== null) return kept;
      const tensors = sample.load();
      const size = tensors.reduce((sum, { type }) => sum + byteSize(type), 0);
      if (size <= left) {
        left -= size;
        kept = tensors;
      }
      return tensors;
    };
    return { ...sample, load };
  });
}
