import { dimension, elementCount } from '../../../tensor/shape.ts';
import { tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import type { Operand } from '../writer.ts';

const reshape: TranslateOperator = (context) => {
  const input = context.input(0);
  const wanted = context.opset < 5 ? (context.ints('shape') ?? []) : context.integers(1, 'shape');
  const allowZero = context.int('allowzero', 0) !== 0;
  const shape = wanted.map((size, axis) => (size === 0 && !allowZero ? dimensionOf(context, input, axis) : size));
  const open = shape.indexOf(-1);
  if (open >= 0) {
    const rest = shape.reduce((product, size, axis) => (axis === open ? product : product * size), 1);
    shape[open] = elementCount(input.type.shape) / rest;
  }
  if (shape.some((size) => !Number.isInteger(size) || size < 0))
    throw context.invalid(`the shape ${wanted.join(',')} does not fit`);
  context.bind(context.reshape(input, shape));
};

function dimensionOf(context: OperatorContext, { type }: Operand, axis: number): number {
  const size = type.shape[axis];
  if (size === undefined) throw context.invalid(`a 0 in its shape stands for axis ${axis}, which the input has not`);
  return size;
}

const flatten: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const axis = context.int('axis', 1);
  const split = axis < 0 ? axis + shape.length : axis;
  if (split < 0 || split > shape.length)
    throw context.invalid(`axis ${axis} does not exist in ${shape.length} dimensions`);
  const rows = elementCount(shape.slice(0, split));
  context.bind(context.reshape(input, [rows, elementCount(shape.slice(split))]));
};

/** Axes: an attribute before operator set 13, an input after. */
function axesOf(context: OperatorContext): number[] | null {
  return context.opset < 13 ? context.ints('axes') : context.optionalIntegers(1, 'axes');
}

const squeeze: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const given = axesOf(context);
  const axes =
    given === null ? [...shape.keys()].filter((axis) => shape[axis] === 1) : context.axes(given, shape.length);
  const wrong = axes.find((axis) => shape[axis] !== 1);
  if (wrong !== undefined) throw context.invalid(`axis ${wrong} has the size ${shape[wrong]}, not 1`);
  context.bind(
    context.reshape(
      input,
      shape.filter((_, axis) => !axes.includes(axis)),
    ),
  );
};

const unsqueeze: TranslateOperator = (context) => {
  const input = context.input(0);
  const given = axesOf(context);
  if (given === null) throw context.invalid('it has no axes');
  const rank = input.type.shape.length + given.length;
  if (rank > 64) throw context.invalid(`its result has ${rank} dimensions`);
  const axes = context.axes(given, rank);
  const left = [...input.type.shape];
  context.bind(
    context.reshape(
      input,
      Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (left.shift() ?? 1))),
    ),
  );
};

const transpose: TranslateOperator = (context) => {
  const input = context.input(0);
  const permutation = context.ints('perm') ?? [...input.type.shape.keys()].reverse();
  context.bind(context.write({ type: 'transpose', attributes: { permutation } }, [input]));
};

const concat: TranslateOperator = (context) => {
  const inputs = context.inputs();
  const full = inputs.filter(({ type }) => !(type.shape.length === 1 && type.shape[0] === 0));
  const [first] = full.length === 0 ? inputs : full;
  if (first === undefined) throw context.invalid('it has no inputs');
  const axis = context.axis(context.int('axis', 1), first.type.shape.length);
  context.bind(context.write({ type: 'concat', attributes: { axis } }, full.length === 0 ? [first] : full));
};

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

/** Pad with a constant; negative padding cuts. */
const pad: TranslateOperator = (context) => {
  const mode = context.string('mode', 'constant');
  if (mode !== 'constant') throw context.unsupported(`mode=${mode}`, 'use constant padding');
  const input = context.input(0);
  const rank = input.type.shape.length;
  const asInputs = context.opset >= 11;
  const pads = asInputs ? context.integers(1, 'pads') : context.ints('pads');
  const value = asInputs ? padValue(context) : context.float('value', 0);
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
  const pieces = runs.map((run) => cut(context, input, axis, run.start, run.count, run.step));
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  return context.write({ type: 'concat', attributes: { axis } }, pieces);
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

/** The first input unchanged. */
const identity: TranslateOperator = (context) => context.bind(context.input(0));

/** Dropout does nothing at inference. */
const dropout: TranslateOperator = (context) => {
  context.ignore('ratio', 'seed', 'is_test');
  context.optional(1);
  const training = context.opset < 12 ? null : context.optional(2);
  if (training !== null && context.constant(2, 'training_mode').data[0] !== 0) {
    throw context.unsupported('training_mode is set', 'export the model for inference (model.eval())');
  }
  const input = context.input(0);
  context.bind(input);
  if (!context.isRead(1)) return;
  // The mask keeps everything.
  const { shape } = input.type;
  context.claim(elementCount(shape));
  const data = new Uint8Array(elementCount(shape)).fill(1);
  context.bind(context.literal({ type: tensorType('bool', shape), data }), 1);
};

/** [N,C,H,W] -> [N, C/b², H*b, W*b] and back, as a transpose of six axes. */
const depthToSpace: TranslateOperator = (context) => {
  const input = context.input(0);
  const block = context.int('blocksize', 1);
  const [n, c, h, w] = input.type.shape;
  if (input.type.shape.length !== 4 || n === undefined || c === undefined || h === undefined || w === undefined)
    throw context.invalid('its input must have 4 dimensions');
  const inner = c / (block * block);
  const mode = context.string('mode', 'DCR');
  const isDcr = mode === 'DCR';
  if (!isDcr && mode !== 'CRD') throw context.invalid(`mode ${mode} is not known`);
  if (block < 1 || !Number.isInteger(inner)) throw context.invalid(`blocksize ${block} does not fit ${c} channels`);
  const wide = context.reshape(input, isDcr ? [n, block, block, inner, h, w] : [n, inner, block, block, h, w]);
  const moved = context.transpose(wide, isDcr ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]);
  context.bind(context.reshape(moved, [n, inner, h * block, w * block]));
};

const spaceToDepth: TranslateOperator = (context) => {
  const input = context.input(0);
  const block = context.int('blocksize', 1);
  const [n, c, h, w] = input.type.shape;
  if (input.type.shape.length !== 4 || n === undefined || c === undefined || h === undefined || w === undefined)
    throw context.invalid('its input must have 4 dimensions');
  if (block < 1 || h % block !== 0 || w % block !== 0)
    throw context.invalid(`blocksize ${block} does not fit ${h}x${w}`);
  const wide = context.reshape(input, [n, c, h / block, block, w / block, block]);
  const moved = context.transpose(wide, [0, 3, 5, 1, 2, 4]);
  context.bind(context.reshape(moved, [n, c * block * block, h / block, w / block]));
};

export const movement: readonly (readonly [string, TranslateOperator])[] = [
  ['Reshape', reshape],
  ['Flatten', flatten],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Transpose', transpose],
  ['Concat', concat],
  ['Split', split],
  ['Slice', slice],
  ['Pad', pad],
  ['Gather', gather],
  ['Tile', tile],
  ['Expand', expand],
  ['Identity', identity],
  ['Dropout', dropout],
  ['DepthToSpace', depthToSpace],
  ['SpaceToDepth', spaceToDepth],
];
