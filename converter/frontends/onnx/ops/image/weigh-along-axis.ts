import { noClamp } from '../../../../ops/definition.ts';
import { dimension } from '../../../../tensor/shape.ts';
import { tensorType } from '../../../../tensor/tensor.ts';
import type { OperatorContext } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { evenPicks, type Tap } from './resize-taps.ts';

/** Elements along one axis picked, repeated and weighed by what is known at conversion. */

/** The elements at `places` along `axis`: a strided copy where they lie evenly, a gather otherwise. */
export function pick(context: OperatorContext, input: Operand, axis: number, places: readonly number[]): Operand {
  const { shape } = input.type;
  if (places.length === dimension(shape, axis) && places.every((place, i) => place === i)) return input;
  const even = evenPicks(places);
  if (even === null) {
    const data = Int32Array.from(places);
    const indices = context.literal({ type: tensorType('int32', [places.length, 1]), data });
    return context.write({ type: 'gather', attributes: { axis, count: 1 } }, [input, indices]);
  }
  const split = (a: number, b: number) => [...shape.slice(0, axis), a, b, ...shape.slice(axis + 1)];
  const attributes = {
    begin: split(even.start, 0).map((n, i) => (i === axis ? n : 0)),
    size: split(places.length / even.repeat, even.repeat),
    strides: [...shape.slice(0, axis).map(() => 1), even.step, 0, ...shape.slice(axis + 1).map(() => 1)],
  };
  const view = context.reshape(input, split(dimension(shape, axis), 1));
  const picked = context.write({ type: 'slice', attributes }, [view]);
  return context.reshape(picked, [...shape.slice(0, axis), places.length, ...shape.slice(axis + 1)]);
}

/** More terms than this are a product with a matrix. */
const mostTerms = 4;

/** Weighted sums along `axis`, one for each list of taps: sums of gathers where they have few terms, else a matrix product. */
export function weigh(
  context: OperatorContext,
  input: Operand,
  axis: number,
  rows: readonly (readonly Tap[])[],
): Operand {
  const terms = Math.max(...rows.map((row) => row.length));
  if (terms > mostTerms) return weighByMatrix(context, input, axis, rows);
  const rank = input.type.shape.length;
  const parts = Array.from({ length: terms }, (_, k) => {
    const taps = rows.map((row) => row[k] ?? { index: row[0]?.index ?? 0, weight: 0 });
    const picked = pick(
      context,
      input,
      axis,
      taps.map(({ index }) => index),
    );
    const shape = [rows.length, ...new Array<number>(rank - 1 - axis).fill(1)];
    const weights = context.floats(
      taps.map(({ weight }) => weight),
      shape,
    );
    return context.zip('mul', picked, weights);
  });
  return parts.reduce((sum, part) => context.zip('add', sum, part));
}

/** The same as a matrix product along the axis. */
export function weighByMatrix(
  context: OperatorContext,
  input: Operand,
  axis: number,
  rows: readonly (readonly Tap[])[],
): Operand {
  const length = dimension(input.type.shape, axis);
  context.claim(rows.length * length);
  const matrix = new Float32Array(rows.length * length);
  rows.forEach((row, i) => {
    for (const { index, weight } of row) matrix[i * length + index] = (matrix[i * length + index] ?? 0) + weight;
  });
  return productAlong(context, input, axis, context.floats(matrix, [rows.length, length]));
}

/** The product of a constant matrix [rows, length] with the vectors along `axis`. */
export function productAlong(context: OperatorContext, input: Operand, axis: number, matrix: Operand): Operand {
  const rank = input.type.shape.length;
  const toLast = [...Array(rank).keys()].filter((i) => i !== axis).concat(axis);
  const back = Array.from({ length: rank }, (_, i) => toLast.indexOf(i));
  const bias = context.floats(new Float32Array(dimension(matrix.type.shape, 0)), [dimension(matrix.type.shape, 0)]);
  const product = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;
  return context.transpose(context.write(product, [context.transpose(input, toLast), matrix, bias]), back);
}
