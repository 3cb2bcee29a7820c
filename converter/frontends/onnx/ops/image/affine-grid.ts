import { dimension, elementCount } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';

/** The places of `size` pixels from -1 to 1: their centres with `aligned` at the ends, else their edges there. */
function placesOf(context: OperatorContext, size: number, aligned: boolean): number[] {
  if (aligned && size === 1) throw context.unsupported('align_corners with an axis of one pixel', 'leave it out');
  return Array.from({ length: size }, (_, i) => (aligned ? -1 + (2 * i) / (size - 1) : (2 * i + 1) / size - 1));
}

/**
 * AffineGrid: theta [N, R, R + 1] times the places (x, y, ..., 1) of all pixels of an image of `size` [N, C, ..., H, W], as a grid
 * [N, ..., H, W, R].
 */
export const affineGrid: TranslateOperator = (context) => {
  const theta = context.input(0);
  context.floatOnly(theta);
  const size = context.integers(1, 'the size');
  const aligned = context.int('align_corners', 0) !== 0;
  const spatial = size.slice(2);
  const rank = spatial.length;
  const batch = size[0] ?? 1;
  const fits = theta.type.shape.join() === [batch, rank, rank + 1].join() && (rank === 2 || rank === 3);
  if (!fits || spatial.some((count) => count < 1))
    throw context.invalid(`theta ${theta.type.shape.join('x')} does not fit the size ${size.join('x')}`);
  const pixels = elementCount(spatial);
  context.claim(pixels * (rank + 1));
  const axes = spatial.map((count) => placesOf(context, count, aligned));
  const points = axes.reduce<number[][]>(
    (all, places) => all.flatMap((point) => places.map((p) => [p, ...point])),
    [[]],
  );
  const base = context.floats(
    points.flatMap((point) => [...point, 1]),
    [pixels, rank + 1],
  );
  const product = { type: 'matmul', attributes: { transposeA: false, transposeB: true } } as const;
  const grid = context.write(product, [base, theta]);
  context.bind(context.reshape(grid, [dimension(theta.type.shape, 0), ...spatial, rank]));
};
