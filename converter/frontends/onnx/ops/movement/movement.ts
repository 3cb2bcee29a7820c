import { elementCount } from '../../../../tensor/shape.ts';
import { tensorType } from '../../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';

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

/** The first input unchanged. */
const identity: TranslateOperator = (context) => context.bind(context.bound(0));

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
  ['Identity', identity],
  ['Dropout', dropout],
  ['DepthToSpace', depthToSpace],
  ['SpaceToDepth', spaceToDepth],
];
