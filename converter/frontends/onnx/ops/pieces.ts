import { dimension, elementCount } from '../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { realNumber } from '../quantized/moved.ts';
import type { Operand } from '../writer.ts';

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
  const fits = sizes.reduce((sum, size) => sum + size, 0) === total && sizes.every((size) => size > 0);
  if (sizes.length !== parts || !fits || (given === null && context.opset < 18 && total % parts !== 0)) {
    throw context.invalid(`axis ${axis} of size ${total} does not split into ${parts} parts (${sizes.join(', ')})`);
  }
  let start = 0;
  sizes.forEach((size, i) => {
    context.bind(cut(context, input, axis, start, size, 1), i);
    start += size;
  });
};

/** `count` elements along `axis` from `start` on. */
function cut(
  context: OperatorContext,
  input: Operand,
  axis: number,
  start: number,
  count: number,
  step: number,
): Operand {
  const { shape } = input.type;
  const attributes = {
    begin: shape.map((_, i) => (i === axis ? start : 0)),
    size: shape.map((size, i) => (i === axis ? count : size)),
    strides: shape.map((_, i) => (i === axis ? step : 1)),
  };
  return context.write({ type: 'slice', attributes }, [input]);
}

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

/** Rows beyond the ends that repeat what is inside: mirrored without the end, the end itself, or from the other end. */
function mirrored(context: OperatorContext, input: Operand, axis: number, before: number, after: number, mode: string) {
  const length = dimension(input.type.shape, axis);
  const most = mode === 'reflect' ? length - 1 : mode === 'wrap' ? length : Number.POSITIVE_INFINITY;
  if (Math.max(before, after) > most || before < 0 || after < 0) {
    throw context.unsupported(`mode=${mode} with ${before} and ${after} for a size of ${length}`, 'pad by less');
  }
  const parts: Operand[] = [];
  const edge = (at: number, count: number) => {
    if (count > mostPieces) throw context.unsupported(`mode=edge with ${count} copies`, `pad by at most ${mostPieces}`);
    for (let i = 0; i < count; i++) parts.push(cut(context, input, axis, at, 1, 1));
  };
  if (mode === 'edge') edge(0, before);
  else if (before > 0 && mode === 'reflect') parts.push(cut(context, input, axis, before, before, -1));
  else if (before > 0) parts.push(cut(context, input, axis, length - before, before, 1));
  parts.push(input);
  if (mode === 'edge') edge(length - 1, after);
  else if (after > 0 && mode === 'reflect') parts.push(cut(context, input, axis, length - 2, after, -1));
  else if (after > 0) parts.push(cut(context, input, axis, 0, after, 1));
  return parts.length === 1 ? input : context.write({ type: 'concat', attributes: { axis } }, parts);
}

/** Pad with a constant or with what is inside; negative padding with a constant cuts. */
const pad: TranslateOperator = (context) => {
  const mode = context.string('mode', 'constant');
  if (!['constant', 'reflect', 'edge', 'wrap'].includes(mode))
    throw context.unsupported(`mode=${mode}`, 'use constant padding');
  const input = context.input(0);
  const rank = input.type.shape.length;
  const asInputs = context.opset >= 11;
  const pads = asInputs ? context.integers(1, 'pads') : context.ints('pads');
  const fileValue = asInputs ? padValue(context) : context.float('value', 0);
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
    const grow = (operand: Operand, axis: number) =>
      mirrored(context, operand, axis, before[axis] ?? 0, after[axis] ?? 0, mode);
    context.bind([...input.type.shape.keys()].reduce(grow, input));
    return;
  }
  const inner = cropped(context, input, before, after);
  const grown = { before: before.map((n) => Math.max(0, n)), after: after.map((n) => Math.max(0, n)), value };
  context.bind(context.write({ type: 'pad', attributes: grown }, [inner]));
};

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
  return context.write({ type: 'slice', attributes: { begin, size, strides: size.map(() => 1) } }, [input]);
}

/** Gather with constant indices, as slices that are joined: indices that step evenly are one slice. */
const gather: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const axis = context.axis(context.int('axis', 0), shape.length);
  const length = dimension(shape, axis);
  const indices = context.integers(1, 'indices').map((index) => (index < 0 ? index + length : index));
  const indexShape = context.input(1).type.shape;
  const wrong = indices.find((index) => index < 0 || index >= length);
  if (wrong !== undefined) throw context.invalid(`index ${wrong} lies outside of axis ${axis} of size ${length}`);
  const result = [...shape.slice(0, axis), ...indexShape, ...shape.slice(axis + 1)];
  if (indices.length === 0) throw context.unsupported('no indices', 'leave the operator out');
  context.bind(context.reshape(picked(context, input, axis, indices), result));
};

const mostPieces = 64;

function picked(context: OperatorContext, input: Operand, axis: number, indices: readonly number[]): Operand {
  const runs: { start: number; step: number; count: number }[] = [];
  for (const index of indices) {
    const run = runs.at(-1);
    if (run !== undefined && run.count === 1 && index !== run.start) {
      run.step = index - run.start;
      run.count = 2;
    } else if (run !== undefined && run.count > 1 && index === run.start + run.count * run.step) run.count++;
    else runs.push({ start: index, step: 1, count: 1 });
  }
  if (runs.length > mostPieces && input.tensor === null) {
    throw context.unsupported(
      `${indices.length} indices without order`,
      `use indices of at most ${mostPieces} even runs`,
    );
  }
  if (runs.length > 4096)
    throw context.unsupported(`${indices.length} indices without order`, 'compute the constant outside');
  const cuts = runs.map((run) => cut(context, input, axis, run.start, run.count, run.step));
  const [only] = cuts;
  if (cuts.length === 1 && only !== undefined) return only;
  return context.write({ type: 'concat', attributes: { axis } }, cuts);
}

/** Tile and Expand: the input joined to itself. */
function repeated(context: OperatorContext, input: Operand, repeats: readonly number[]): Operand {
  if (repeats.some((n) => !Number.isInteger(n) || n < 1)) throw context.invalid(`its result has no elements`);
  let result = input;
  repeats.forEach((count, axis) => {
    if (count === 1) return;
    if (count > 1024) throw context.unsupported(`${count} copies along axis ${axis}`, 'use at most 1024');
    context.claim(input.tensor === null ? 0 : elementCount(result.type.shape) * count);
    result = context.write({ type: 'concat', attributes: { axis } }, new Array<Operand>(count).fill(result));
  });
  return result;
}

const tile: TranslateOperator = (context) => {
  const input = context.input(0);
  const repeats = context.integers(1, 'repeats');
  if (repeats.length !== input.type.shape.length) throw context.invalid('repeats does not fit its input');
  context.bind(repeated(context, input, repeats));
};

const expand: TranslateOperator = (context) => {
  const input = context.input(0);
  const wanted = context.integers(1, 'shape');
  const rank = Math.max(wanted.length, input.type.shape.length);
  if (rank > 64) throw context.invalid(`its result has ${rank} dimensions`);
  const own = [...new Array<number>(rank - input.type.shape.length).fill(1), ...input.type.shape];
  const target = [...new Array<number>(rank - wanted.length).fill(1), ...wanted];
  const repeats = own.map((size, axis) => {
    const to = target[axis] ?? 1;
    if (size !== to && size !== 1 && to !== 1)
      throw context.invalid(`${own.join('x')} does not expand to ${target.join('x')}`);
    return size === 1 ? to : 1;
  });
  context.bind(repeated(context, context.reshape(input, own), repeats));
};

export const pieces: readonly (readonly [string, TranslateOperator])[] = [
  ['Split', split],
  ['Slice', slice],
  ['Pad', pad],
  ['Gather', gather],
  ['Tile', tile],
  ['Expand', expand],
];
