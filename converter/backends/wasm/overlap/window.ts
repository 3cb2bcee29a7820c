import { disjoint, firstOverlaps, nestDistance, type Overlaps, windowDistance } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { arithmeticOf } from '../../kernel.ts';
import { typeAt } from '../operand.ts';
import type { DepthwiseShape } from '../packing/depthwise.ts';
import { panelChannels } from '../packing/panels.ts';
import type { Chunks, PatchGeometry } from '../packing/patches.ts';
import { blockRowsOf } from '../routines/convolution.ts';
import type { PoolShape } from '../routines/pool.ts';

/** What the order of a convolution's reads and writes depends on. */
interface Layer {
  readonly geometry: PatchGeometry;
  readonly chunks: Chunks;
  readonly groups: number;
  readonly outputs: number;
}

/**
 * A convolution. A hybrid one quantizes all images before it writes. Otherwise image by image: where there is a padded copy, all of
 * the image is read before its first output is written; else blocks of output positions are packed, then written, group by group.
 */
export function layerOverlaps(
  { geometry, chunks, groups, outputs: channels }: Layer,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
): Overlaps {
  if (arithmeticOf(inputs) === 'hybrid') return firstOverlaps(0, inputs, outputs);
  const { images, imageElements, outputHeight, outputWidth, rowStep, pixelStep } = geometry;
  const { read, written } = bytesOf(inputs, outputs);
  const pixel = channels * written;
  const image = { count: images, read: imageElements * read, written: outputHeight * outputWidth * pixel };
  if (geometry.padded !== null) return firstOverlaps(nestDistance([image]), inputs, outputs);
  if (groups > 1 || written === 4) return disjoint(inputs);
  const row = { count: outputHeight, read: rowStep * read, written: outputWidth * pixel };
  // Where images have several rows: no block is further ahead of its reads than one of a single pixel.
  const block = outputHeight === 1 ? blockRowsOf(geometry, chunks) : 1;
  const count = Math.ceil(outputWidth / block);
  const column = { count, read: block * pixelStep * read, written: block * pixel };
  return firstOverlaps(nestDistance([image, row, column]), inputs, outputs);
}

/**
 * A depthwise convolution. With copies, the input rows under an output row are copied before it is written. Without, two pixels at a
 * time, eight channels of both at a time: the second pixel is ahead of the later channels of the first.
 */
export function depthwiseOverlaps(
  shape: DepthwiseShape,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
): Overlaps {
  if (arithmeticOf(inputs) === 'hybrid') return firstOverlaps(0, inputs, outputs);
  const { images, channels, outputHeight, outputWidth, inputHeight, inputRowElements, copy } = shape;
  const bytes = bytesOf(inputs, outputs);
  const rows = {
    ...{ batch: images, height: inputHeight, outputHeight, width: 1, outputWidth: 1, kernelWidth: 1, left: 0 },
    ...{ channels: inputRowElements, outputChannels: outputWidth * channels, kernelHeight: shape.kernelRows },
    ...{ strideY: shape.strideRows, strideX: 1, dilationY: copy?.dilationRows ?? 1, dilationX: 1, top: copy?.top ?? 0 },
  };
  const down = windowDistance(rows, bytes, 0);
  if (copy !== null) return firstOverlaps(down, inputs, outputs);
  const pixel = channels * bytes.written;
  const across = nestDistance([{ count: outputWidth, read: shape.pixelStep * bytes.read, written: pixel }]);
  const ahead = channels > panelChannels && outputWidth > 1 ? pixel : 0;
  return firstOverlaps(down + across + ahead, inputs, outputs);
}

/** Pixel by pixel, vector of channels by vector of channels, each of which is read from the whole window before it is written. */
export function poolOverlaps(
  { images, channels, strideRows, strideColumns, ...shape }: PoolShape,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
): Overlaps {
  const strides = { strideY: strideRows, strideX: strideColumns, dilationY: 1, dilationX: 1 };
  const walk = { ...shape, ...strides, batch: images, channels, outputChannels: channels };
  return firstOverlaps(windowDistance(walk, bytesOf(inputs, outputs), 0), inputs, outputs);
}

function bytesOf(inputs: readonly TensorType[], outputs: readonly TensorType[]) {
  return { read: dtypeBytes[typeAt(inputs, 0).dtype], written: dtypeBytes[typeAt(outputs, 0).dtype] };
}
