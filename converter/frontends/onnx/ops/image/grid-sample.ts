import { at } from '../../../../ops/definition.ts';
import { binary, constant, type ScalarExpression, theVariable, unary } from '../../../../ops/scalar-expression.ts';
import { dimension, elementCount, type Shape } from '../../../../tensor/shape.ts';
import { tensorType } from '../../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { sliceAlong } from '../movement/along-axis.ts';

const paddings = ['zeros', 'border', 'reflection'] as const;

/** One spatial axis: its size and how places beyond it are read. */
interface Axis {
  readonly size: number;
  readonly padding: (typeof paddings)[number];
  readonly aligned: boolean;
}

/** Places along an axis with their weights, both [N, ..., 1]; a null weight is 1. */
interface Taps {
  readonly places: readonly Operand[];
  readonly weights: readonly (Operand | null)[];
}

type Join = (a: ScalarExpression, b: ScalarExpression | number) => ScalarExpression;

const joinBy =
  (fn: 'add' | 'sub' | 'mul' | 'div'): Join =>
  (a, b) =>
    binary(fn, a, typeof b === 'number' ? constant(b) : b);

const [add, sub, mul, div] = [joinBy('add'), joinBy('sub'), joinBy('mul'), joinBy('div')];

/**
 * GridSample of two or three spatial axes: places are computed from the grid, and pixels are gathered from the image with its
 * channels last.
 */
export const gridSample: TranslateOperator = (context) => {
  const [input, grid] = [context.input(0), context.input(1)];
  context.floatOnly(input, grid);
  const { shape } = input.type;
  const rank = shape.length - 2;
  const gridShape = grid.type.shape;
  const fits = gridShape.length === rank + 2 && gridShape.at(-1) === rank && gridShape[0] === shape[0];
  if ((rank !== 2 && rank !== 3) || !fits)
    throw context.invalid(`the grid ${gridShape.join('x')} does not fit the input ${shape.join('x')}`);
  const mode = context.string('mode', 'linear').replace(/^bi/, '');
  if (mode !== 'linear' && mode !== 'nearest' && mode !== 'cubic') throw context.invalid(`mode ${mode} is not known`);
  if (mode === 'cubic' && rank === 3) throw context.invalid('mode cubic takes two spatial axes');
  const name = context.string('padding_mode', 'zeros');
  const padding = paddings.find((known) => known === name);
  if (padding === undefined) throw context.invalid(`padding_mode ${name} is not known`);
  const aligned = context.int('align_corners', 0) !== 0;
  const taps = shape.slice(2).map((size, i) => {
    const axis = { size, padding, aligned };
    // The grid counts axes from the last one.
    return tapsAlong(context, sliceAlong(context, grid, rank + 1, rank - 1 - i, 1, 1), axis, mode);
  });
  const last = context.transpose(input, [0, ...shape.slice(2).map((_, i) => i + 2), 1]);
  const sampled = sample(context, last, batchPlaces(context, gridShape), taps);
  context.bind(context.transpose(sampled, [0, rank + 1, ...shape.slice(2).map((_, i) => i + 1)]));
};

/** -1 is the first and 1 the last pixel: its centre with `aligned`, its edge without. */
function pixelPlace({ size, aligned }: Axis): ScalarExpression {
  const x = add(theVariable, 1);
  return aligned ? mul(div(x, 2), size - 1) : div(sub(mul(x, size), 1), 2);
}

/** Reflected at the first and last pixel, at their centres or edges, as often as it takes: a triangle wave. */
function reflected({ size, aligned }: Axis): ScalarExpression {
  const [start, range] = aligned ? [0, size - 1] : [-0.5, size];
  if (range === 0) return constant(0);
  const way = unary('abs', sub(theVariable, start));
  const rest = sub(way, mul(unary('floor', div(way, 2 * range)), 2 * range));
  return add(sub(constant(range), unary('abs', sub(rest, range))), start);
}

function tapsAlong(context: OperatorContext, grid: Operand, axis: Axis, mode: 'linear' | 'nearest' | 'cubic'): Taps {
  const inside = (operand: Operand): Operand => {
    const last = constant(axis.size - 1);
    if (axis.padding === 'reflection') return context.map(operand, reflected(axis));
    if (axis.padding === 'zeros') return operand;
    return context.map(operand, binary('min', binary('max', theVariable, constant(0)), last));
  };
  const given = context.map(grid, pixelPlace(axis));
  const place = inside(mode === 'nearest' ? context.map(given, unary('round', theVariable)) : given);
  if (mode === 'nearest') return tapsOf(context, axis, inside, [place], [null]);
  const below = context.map(place, unary('floor', theVariable));
  const rest = context.zip('sub', place, below);
  const [offsets, weights] = mode === 'linear' ? linear : cubic;
  return tapsOf(
    context,
    axis,
    inside,
    offsets.map((offset) => context.map(below, add(theVariable, offset))),
    weights.map((weight) => context.map(rest, weight)),
  );
}

const linear = [
  [0, 1],
  [sub(constant(1), theVariable), theVariable],
] as const;

/** Keys' cubic convolution with A = -0.75. */
const cubicA = -0.75;

const far = (distance: ScalarExpression) =>
  sub(mul(add(mul(sub(mul(distance, cubicA), 5 * cubicA), distance), 8 * cubicA), distance), 4 * cubicA);

const near = (distance: ScalarExpression) =>
  add(mul(mul(sub(mul(distance, cubicA + 2), cubicA + 3), distance), distance), 1);

const opposite = sub(constant(1), theVariable);

const cubic = [
  [-1, 0, 1, 2],
  [far(add(theVariable, 1)), near(theVariable), near(opposite), far(add(opposite, 1))],
] as const;

/** Pixels outside: moved inside, or with a weight of 0. */
function tapsOf(
  context: OperatorContext,
  axis: Axis,
  inside: (operand: Operand) => Operand,
  places: readonly Operand[],
  weights: readonly (Operand | null)[],
): Taps {
  if (axis.padding !== 'zeros') return { places: places.map(inside), weights };
  // 1 for whole numbers from 0 to size - 1, else 0.
  const room = binary('min', add(theVariable, 1), sub(constant(axis.size), theVariable));
  const isInside = binary('max', constant(0), binary('min', constant(1), room));
  const masked = places.map((place, i) => {
    const [mask, weight] = [context.map(place, isInside), weights[i] ?? null];
    return weight === null ? mask : context.zip('mul', mask, weight);
  });
  return { places, weights: masked };
}

/** The number of the image of each place of the grid, [N, ..., 1]. */
function batchPlaces(context: OperatorContext, grid: Shape): Operand {
  const shape = [...grid.slice(0, -1), 1];
  const count = elementCount(shape);
  context.claim(count);
  const each = count / dimension(grid, 0);
  const data = Int32Array.from({ length: count }, (_, i) => Math.floor(i / each));
  return context.literal({ type: tensorType('int32', shape), data });
}

/** The weighted sum over all taps of the axes that are left, of which `indices` holds the places of those before. */
function sample(context: OperatorContext, image: Operand, batch: Operand, axes: readonly Taps[]): Operand {
  const rank = axes.length;
  const walk = (chosen: readonly Operand[]): Operand => {
    const axis = chosen.length;
    if (axis === rank) {
      const attributes = { axis: batch.type.shape.length - 1 };
      const indices = context.write({ type: 'concat', attributes }, [batch, ...chosen]);
      return context.write({ type: 'gather', attributes: { axis: 0, count: rank + 1 } }, [image, indices]);
    }
    const { places, weights } = at(axes, axis);
    const parts = places.map((place, i) => {
      const part = walk([...chosen, context.cast(place, 'int32')]);
      const weight = weights[i] ?? null;
      return weight === null ? part : context.zip('mul', part, weight);
    });
    return parts.reduce((sum, part) => context.zip('add', sum, part));
  };
  return walk([]);
}
