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
  return fail('sample-shape', where, what, 'reorder its axes to match the input');
}
