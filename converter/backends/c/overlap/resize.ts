import type { Interpolation } from '../../../ops/resize-bilinear.ts';
import { nhwc } from '../../../ops/window.ts';
import { firstOverlaps, nestDistance, type Overlaps } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import type { TensorType } from '../../../tensor/tensor.ts';

/** Pixel by pixel of the output, channel by channel: the four elements around it are read before it is written. */
export function resizeOverlaps(
  { rows, columns }: { readonly rows: readonly Interpolation[]; readonly columns: readonly Interpolation[] },
  input: TensorType,
  output: TensorType,
): Overlaps {
  if (input.dtype !== output.dtype) return [null];
  const { batch, height, width, channels } = nhwc(input.shape);
  const bytes = channels * dtypeBytes[input.dtype];
  const [rowBytes, outputRowBytes] = [width * bytes, columns.length * bytes];
  const images = { count: batch, read: height * rowBytes, written: rows.length * outputRowBytes };
  const distance = axisDistance(rows, rowBytes, outputRowBytes) + axisDistance(columns, bytes, bytes);
  return firstOverlaps(distance + nestDistance([images]), [input], [output]);
}

function axisDistance(list: readonly Interpolation[], read: number, written: number): number {
  return list.reduce((most, { lower, upper }, i) => Math.max(most, i * written - Math.min(lower, upper) * read), 0);
}
