import { fail } from './file.ts';
import { countElements, type InputSpec, type Sample, showShape } from './sample.ts';

/** Dimensions without those of size 1. */
function squeeze(shape: readonly number[]): readonly number[] {
  return shape.filter((dimension) => dimension !== 1);
}

/**
 * Whether data of shape `from` fits shape `to` without moving an element: equal but for dimensions of size 1, or one of
 * the two is flat.
 */
export function shapesFit(from: readonly number[], to: readonly number[]): boolean {
  if (countElements(from) !== countElements(to)) return false;
  const a = squeeze(from);
  const b = squeeze(to);
  if (a.length <= 1 || b.length <= 1) return true;
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** `sample` in the shape that the input wants, see {@link shapesFit}; ProblemError with both shapes otherwise. */
export function fitShape(sample: Sample, spec: InputSpec, where: string): Sample {
  if (shapesFit(sample.shape, spec.shape)) return { ...sample, shape: spec.shape };
  const found = countElements(sample.shape);
  const wanted = countElements(spec.shape);
  const what = `shape ${showShape(sample.shape)} does not fit input "${spec.name}" of shape ${showShape(spec.shape)}`;
  if (found !== wanted) return fail('sample-shape', where, what, `give ${wanted} values instead of ${found}`);
  return fail('sample-shape', where, what, reorderAdvice(squeeze(sample.shape), squeeze(spec.shape)));
}

/** How an array in the other order of axes of a picture becomes one in the order of the input. */
function reorderAdvice(from: readonly number[], to: readonly number[]): string {
  const [a, b, c] = to;
  const isOrder = (...order: readonly (number | undefined)[]) =>
    to.length === 3 && from.length === 3 && order.every((dimension, axis) => dimension === from[axis]);
  if (isOrder(c, a, b)) return 'it has channels first, the input has them last: save numpy.moveaxis(x, -3, -1)';
  if (isOrder(b, c, a)) return 'it has channels last, the input has them first: save numpy.moveaxis(x, -1, -3)';
  return 'reorder its axes to match the input';
}
