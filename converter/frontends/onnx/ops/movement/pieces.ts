import type { PadAttributes } from '../../../../ops/pad.ts';
import { dimension, elementCount } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import { realNumber } from '../../quantized/moved.ts';
import type { Operand } from '../../writer.ts';
import { spread } from '../indexing/indices.ts';
import { pickRuns } from '../indexing/runs.ts';
import { boxOf, concatenated, partOf } from './along-axis.ts';

/** Operators that cut pieces out of a tensor or put pieces together. */

/** Split: sizes as an attribute before operator set 13, an input after; equal parts where there are none. */
const split: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const axis = context.axis(context.int('axis', 0), shape.length);
  const total = dimension(shape, axis);
  const parts = context.node.outputs.length;
  const given = context.opset < 13 ? context.ints('split') : context.optionalIntegers(1, 'split');
  if (context.opset >= 18 && context.int('num_outputs', parts) !== parts)
    throw context.invalid('num_outputs is not their number');
  const each = Math.ceil(total / parts);
  // The last part may be smaller from operator set 18 on.
  const sizes = given ?? context.node.outputs.map((_, i) => Math.max(0, Math.min(each, total - i * each)));
  const fits = sizes.reduce((sum, size) => sum + size, 0) === total && sizes.every((size) => size >= 0);
  if (sizes.length !== parts || !fits || (given === null && context.opset < 18 && total % parts !== 0)) {
    throw context.invalid(`axis ${axis} of size ${total} does not split into ${parts} parts (${sizes.join(', ')})`);
  }
  let start = 0;
  sizes.forEach((size, i) => {
    context.bind(partOf(context, input, axis, start, size, 1), i);
    start += size;
  });
};

/** Slice: bounds as attributes before operator set 10, inputs after. Bounds beyond the ends are moved to them. */
const slice: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const asInputs = context.opset >= 10;
  const starts = asInputs ? context.integers(1, 'starts') : context.ints('starts');
  const ends = asInputs ? context.integers(2, 'ends') : context.ints('ends');
  if (starts === null || ends === null || starts.length !== ends.length)
    throw context.invalid('starts and ends do not fit');
  const axes = (asInputs ? context.optionalIntegers(3, 'axes') : context.ints('axes')) ?? [...starts.keys()];
  const steps = (asInputs ? context.optionalIntegers(4, 'steps') : null) ?? starts.map(() => 1);
  if (axes.length !== starts.length || steps.length !== starts.length)
    throw context.invalid('axes or steps do not fit');
  context.axes(axes, shape.length);
  const begin = shape.map(() => 0);
  const size = [...shape];
  const strides = shape.map(() => 1);
  axes.forEach((given, i) => {
    const axis = context.axis(given, shape.length);
    const length = dimension(shape, axis);
    const step = steps[i] ?? 1;
    if (step === 0) throw context.invalid('a step is 0');
    const place = (bound: number, low: number, high: number) =>
      Math.max(low, Math.min(high, bound < 0 ? bound + length : bound));
    const first = step > 0 ? place(starts[i] ?? 0, 0, length) : place(starts[i] ?? 0, 0, length - 1);
    const end = step > 0 ? place(ends[i] ?? 0, 0, length) : place(ends[i] ?? 0, -1, length - 1);
    const count = Math.max(0, Math.ceil((end - first) / step));
    begin[axis] = count === 0 ? 0 : first;
    size[axis] = count;
    strides[axis] = count <= 1 ? 1 : step;
  });
  context.bind(context.write({ type: 'slice', attributes: { begin, size, strides } }, [input]));
};

/** The index inside of an axis of `length` that stands for one beyond its ends. */
const beyond: { readonly [mode: string]: (index: number, length: number) => number } = {
  edge: (index, length) => Math.max(0, Math.min(length - 1, index)),
  wrap: (index, length) => ((index % length) + length) % length,
  // Back and forth, the ends once: a period of 2 (length - 1).
  reflect: (index, length) => {
    const period = Math.max(1, 2 * (length - 1));
    const place = ((index % period) + period) % period;
    return length === 1 ? 0 : Math.min(place, period - place);
  },
};

/** An axis that goes on beyond its ends: mirrored without the end, with the end itself, or from the other end. */
function extended(context: OperatorContext, input: Operand, axis: number, before: number, after: number, mode: string) {
  const length = dimension(input.type.shape, axis);
  const count = before + length + after;
  const place = beyond[mode];
  if (place === undefined) throw context.unsupported(`mode=${mode}`, 'use constant, edge, reflect or wrap');
  if (count < 1) throw context.invalid('its result has no elements');
  context.claim(count);
  const indices = Array.from({ length: count }, (_, i) => place(i - before, length));
  const runs = pickRuns(context, input, axis, indices);
  if (runs !== null) return runs;
  const op = { type: 'gather', attributes: { axis, count: 1 } } as const;
  return context.write(op, [input, context.int32s(indices, [count, 1])]);
}

/** Pad with a constant or with what is inside; negative padding with a constant cuts. */
const pad: TranslateOperator = (context) => {
  const mode = context.string('mode', 'constant');
  const input = context.input(0);
  const rank = input.type.shape.length;
  const asInputs = context.opset >= 11;
  const pads = asInputs ? context.integers(1, 'pads') : context.ints('pads');
  const runTime = asInputs ? runTimePadValue(context) : null;
  const fileValue = runTime !== null ? 0 : asInputs ? padValue(context) : context.float('value', 0);
  const given = context.opset >= 18 ? context.optionalIntegers(3, 'axes') : null;
  const axes = given === null ? [...input.type.shape.keys()] : given.map((axis) => context.axis(axis, rank));
  if (pads === null || pads.length !== 2 * axes.length || new Set(axes).size < axes.length) {
    throw context.invalid(`pads has ${pads?.length ?? 0} entries for ${axes.length} axes`);
  }
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  axes.forEach((axis, i) => {
    before[axis] = pads[i] ?? 0;
    after[axis] = pads[i + axes.length] ?? 0;
  });
  const value = realNumber(input.type, fileValue);
  if (mode !== 'constant') {
    const grow = (operand: Operand, axis: number) => {
      const [first, last] = [before[axis] ?? 0, after[axis] ?? 0];
      return first === 0 && last === 0 ? operand : extended(context, operand, axis, first, last, mode);
    };
    context.bind([...input.type.shape.keys()].reduce(grow, input));
    return;
  }
  const inner = cropped(context, input, before, after);
  const grown = { before: before.map((n) => Math.max(0, n)), after: after.map((n) => Math.max(0, n)), value };
  if (runTime === null) context.bind(context.write({ type: 'pad', attributes: grown }, [inner]));
  else context.bind(framed(context, inner, grown, runTime));
};

/** The padding value where it is computed at run time, as a tensor of one element. */
function runTimePadValue(context: OperatorContext): Operand | null {
  const value = context.optional(2);
  if (value === null || value.tensor !== null) return null;
  if (elementCount(value.type.shape) !== 1) throw context.invalid('the padding value has more than one element');
  return value;
}

/** Padding with a computed value: around each axis a tensor that is full of it. */
function framed(
  context: OperatorContext,
  input: Operand,
  { before, after }: Omit<PadAttributes, 'value'>,
  value: Operand,
) {
  return input.type.shape.reduce((operand, _, axis) => {
    const { shape } = operand.type;
    const one = context.reshape(
      value,
      shape.map(() => 1),
    );
    const full = (count: number) => (count === 0 ? [] : [spread(context, one, shape.with(axis, count))]);
    const parts = [...full(before[axis] ?? 0), operand, ...full(after[axis] ?? 0)];
    return concatenated(context, parts, axis);
  }, input);
}

function padValue(context: OperatorContext): number {
  if (context.optional(2) === null) return 0;
  const { data } = context.constant(2, 'the padding value');
  if (data.length !== 1) throw context.invalid(`the padding value has ${data.length} elements`);
  return Number(data[0]);
}

function cropped(
  context: OperatorContext,
  input: Operand,
  before: readonly number[],
  after: readonly number[],
): Operand {
  if ([...before, ...after].every((n) => n >= 0)) return input;
  const begin = before.map((n) => Math.max(0, -n));
  const size = input.type.shape.map((length, axis) => length - (begin[axis] ?? 0) - Math.max(0, -(after[axis] ?? 0)));
  return boxOf(context, input, begin, size);
}

const tile: TranslateOperator = (context) => {
  const input = context.input(0);
  const repeats = context.integers(1, 'repeats');
  const { shape } = input.type;
  if (repeats.length !== shape.length || repeats.some((n) => n < 0))
    throw context.invalid('repeats does not fit its input');
  const count = (axis: number) => repeats[axis] ?? 1;
  // A new axis of size 1 before each repeated one, along which a slice stands still.
  const split = shape.flatMap((size, axis) => (count(axis) === 1 ? [size] : [1, size]));
  const full = shape.flatMap((size, axis) => (count(axis) === 1 ? [size] : [count(axis), size]));
  const result = shape.map((size, axis) => size * count(axis));
  context.bind(context.reshape(spread(context, context.reshape(input, split), full), result));
};

const expand: TranslateOperator = (context) => {
  const input = context.input(0);
  const wanted = context.integers(1, 'shape');
  const rank = Math.max(wanted.length, input.type.shape.length);
  if (rank > 64) throw context.invalid(`its result has ${rank} dimensions`);
  const own = [...new Array<number>(rank - input.type.shape.length).fill(1), ...input.type.shape];
  const target = [...new Array<number>(rank - wanted.length).fill(1), ...wanted];
  const full = own.map((size, axis) => {
    const to = target[axis] ?? 1;
    if (size !== to && size !== 1 && to !== 1)
      throw context.invalid(`${own.join('x')} does not expand to ${target.join('x')}`);
    return size === 1 ? to : size;
  });
  context.bind(spread(context, context.reshape(input, own), full));
};

export const pieces: readonly (readonly [string, TranslateOperator])[] = [
  ['Split', split],
  ['Slice', slice],
  ['Pad', pad],
  ['Tile', tile],
  ['Expand', expand],
];
