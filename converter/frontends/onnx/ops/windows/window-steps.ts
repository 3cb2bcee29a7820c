import { at } from '../../../../ops/definition.ts';
import { dimension, elementCount, type Shape } from '../../../../tensor/shape.ts';
import { tensorType } from '../../../../tensor/tensor.ts';
import type { OperatorContext } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { sliceAlong } from '../movement/along-axis.ts';
import type { FileWindow } from './window.ts';

/**
 * Windows over any number of axes, dilated or not, as elementwise operators on strided slices: what our own pooling, of two axes
 * and without dilation, does not say.
 */

/** More slices than this would make a program of unreasonable length. */
const mostSlices = 256;

/** Rows or columns of the output along each spatial axis. */
export function windowSizes({ kernel, strides, dilations, before, after }: FileWindow, spatial: Shape): number[] {
  return spatial.map((size, axis) => {
    const extent = (at(kernel, axis) - 1) * at(dilations, axis) + 1;
    return Math.floor((size + at(before, axis) + at(after, axis) - extent) / at(strides, axis)) + 1;
  });
}

/** Joins the elements of each window, axis by axis; `outside` stands for what lies beyond the ends. */
export function joinWindows(
  context: OperatorContext,
  input: Operand,
  window: FileWindow,
  fn: 'max' | 'add',
  outside: number,
): Operand {
  const sizes = windowSizes(window, input.type.shape.slice(2));
  checkSlices(
    context,
    window.kernel.reduce((sum, count) => sum + count, 0),
    sizes,
  );
  return sizes.reduce((operand, size, axis) => {
    const padded = padAlong(context, operand, axis + 2, at(window.before, axis), at(window.after, axis), outside);
    const step = at(window.strides, axis);
    const slices = Array.from({ length: at(window.kernel, axis) }, (_, tap) =>
      sliceAlong(context, padded, axis + 2, tap * at(window.dilations, axis), size, step),
    );
    return slices.reduce((joined, slice) => context.zip(fn, joined, slice));
  }, input);
}

function checkSlices(context: OperatorContext, slices: number, sizes: readonly number[]): void {
  if (slices > mostSlices) {
    throw context.unsupported(`a window of ${slices} elements of this kind`, `use windows of at most ${mostSlices}`);
  }
  if (sizes.some((size) => !(size >= 1))) throw context.invalid('its window does not fit into its input');
}

function padAlong(
  context: OperatorContext,
  input: Operand,
  axis: number,
  before: number,
  after: number,
  value: number,
): Operand {
  if (before <= 0 && after <= 0) return input;
  const around = (count: number) => input.type.shape.map((_, i) => (i === axis ? Math.max(0, count) : 0));
  return context.write({ type: 'pad', attributes: { before: around(before), after: around(after), value } }, [input]);
}

/**
 * How many elements of each window lie inside, as a constant that broadcasts to the output; `before` and `after` are paddings
 * that count as inside.
 */
export function windowCounts(
  context: OperatorContext,
  window: FileWindow,
  spatial: Shape,
  counted: { readonly before: readonly number[]; readonly after: readonly number[] },
): Operand {
  const sizes = windowSizes(window, spatial);
  const along = sizes.map((size, axis) =>
    Array.from({ length: size }, (_, place) => {
      const start = place * at(window.strides, axis) - at(window.before, axis);
      const taps = Array.from(
        { length: at(window.kernel, axis) },
        (_, tap) => start + tap * at(window.dilations, axis),
      );
      const [first, end] = [-at(counted.before, axis), at(spatial, axis) + at(counted.after, axis)];
      return taps.filter((i) => i >= first && i < end).length;
    }),
  );
  context.claim(elementCount(sizes));
  const counts = along.reduce((all, list) => all.flatMap((n) => list.map((m) => n * m)), [1]);
  return context.floats(counts, sizes);
}

/**
 * The largest element of each window and its place in the input as int32: of equal ones the first, counted through the whole
 * tensor; with `columnMajor` the last two axes change places.
 */
export function largestWithPlace(
  context: OperatorContext,
  input: Operand,
  window: FileWindow,
  columnMajor: boolean,
): { readonly largest: Operand; readonly places: Operand } {
  const spatial = input.type.shape.slice(2);
  const sizes = windowSizes(window, spatial);
  const taps = elementCount(window.kernel);
  checkSlices(context, taps, sizes);
  const padded = spatial.reduce((operand, _, axis) => {
    const [before, after] = [at(window.before, axis), at(window.after, axis)];
    return padAlong(context, operand, axis + 2, before, after, Number.NEGATIVE_INFINITY);
  }, input);
  let [largest, places]: [Operand | null, Operand | null] = [null, null];
  for (let tap = 0; tap < taps; tap++) {
    const offsets = offsetsOf(tap, window);
    const slice = offsets.reduce(
      (operand, offset, axis) =>
        sliceAlong(context, operand, axis + 2, offset, at(sizes, axis), at(window.strides, axis)),
      padded,
    );
    const here = placesOf(context, offsets, window, spatial, sizes, columnMajor);
    if (largest === null || places === null) {
      [largest, places] = [slice, here];
      continue;
    }
    const attributes = { relation: 'greater' } as const;
    const isLarger = context.writeAs('bool', { type: 'compare', attributes }, [slice, largest]);
    places = context.select(isLarger, here, places);
    largest = context.zip('max', largest, slice);
  }
  if (largest === null || places === null) throw context.invalid('its window has no elements');
  const [batch, channels] = [dimension(input.type.shape, 0), dimension(input.type.shape, 1)];
  const planes = Int32Array.from({ length: batch * channels }, (_, i) => i * elementCount(spatial));
  const shape = [batch, channels, ...spatial.map(() => 1)];
  const starts = context.literal({ type: tensorType('int32', shape), data: planes });
  return { largest, places: context.zip('add', starts, places) };
}

function offsetsOf(tap: number, { kernel, dilations }: FileWindow): number[] {
  let rest = tap;
  const offsets = kernel.map(() => 0);
  for (let axis = kernel.length - 1; axis >= 0; axis--) {
    offsets[axis] = (rest % at(kernel, axis)) * at(dilations, axis);
    rest = Math.floor(rest / at(kernel, axis));
  }
  return offsets;
}

/** Places within one plane of what a tap reads; in the padding the nearest place, which a larger element replaces. */
function placesOf(
  context: OperatorContext,
  offsets: readonly number[],
  { strides, before }: FileWindow,
  spatial: Shape,
  sizes: Shape,
  columnMajor: boolean,
): Operand {
  const count = elementCount(sizes);
  context.claim(count);
  const last = spatial.length - 1;
  const order = [...spatial.keys()];
  if (columnMajor && last > 0) [order[last - 1], order[last]] = [last, last - 1];
  const data = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    let rest = i;
    const place = sizes.map(() => 0);
    for (let axis = last; axis >= 0; axis--) {
      const read = (rest % at(sizes, axis)) * at(strides, axis) - at(before, axis) + at(offsets, axis);
      place[axis] = Math.max(0, Math.min(at(spatial, axis) - 1, read));
      rest = Math.floor(rest / at(sizes, axis));
    }
    data[i] = order.reduce((sum, axis) => sum * at(spatial, axis) + at(place, axis), 0);
  }
  return context.literal({ type: tensorType('int32', sizes), data });
}
