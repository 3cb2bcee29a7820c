import { firstOverlaps, nestDistance, type Overlaps } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { isCopied, type Move } from '../movement.ts';
import { loopAxes } from '../nest.ts';

/** What of a move its distance depends on. */
export type MovePlaces = Pick<Move, 'shape' | 'fromStart' | 'fromStrides' | 'toStart' | 'toStrides'>;

/**
 * A move to ascending places: element by element, or run by run, of which none may overlap its copy since `memcpy` asks for that.
 */
export function moveOverlaps(
  { shape, fromStart, fromStrides, toStart, toStrides }: MovePlaces,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
): Overlaps {
  const bytes = dtypeBytes[outputs[0]?.dtype ?? 'int8'];
  const axes = loopAxes(shape, [toStrides, fromStrides]);
  const last = axes.at(-1);
  const run = last !== undefined && isCopied(last) ? last.count : 0;
  const loops = (run === 0 ? axes : axes.slice(0, -1)).map(({ count, strides: [to = 0, from = 0] }) => {
    return { count, read: from * bytes, written: to * bytes };
  });
  return firstOverlaps(nestDistance(loops) + (toStart + run - fromStart) * bytes, inputs, outputs);
}
