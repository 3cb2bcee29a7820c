import {
  type BinaryFunction,
  binary,
  constant,
  type ScalarExpression,
  unary,
  theVariable as x,
} from '../../../ops/scalar-expression.ts';
import { namedFunctions } from '../../activation-functions.ts';
import type { Operand } from '../../graph-writer.ts';
import { softmax } from '../../nhwc-layers.ts';
import { isOperand, isOperands, type LayerContext, type TranslateLayer } from '../context.ts';
import { gelu } from './activation.ts';

/** Tensors and numbers that an operation is given, in order. */
function terms(context: LayerContext): (Operand | number)[] {
  return context.arguments.flatMap(({ name, value }): (Operand | number)[] => {
    if (isOperand(value)) return [value];
    if (isOperands(value)) return [...value];
    if (typeof value.value === 'number' && Number.isFinite(value.value)) return [value.value];
    throw context.unsupported(`the argument ${name ?? ''} is not a tensor or a number`, 'use a tensor or a number');
  });
}

function joined(context: LayerContext, fn: BinaryFunction, a: Operand | number, b: Operand | number): Operand {
  if (typeof a === 'number' && typeof b === 'number') throw context.invalid('both of its operands are numbers');
  if (typeof a !== 'number' && typeof b !== 'number') {
    context.floatOnly(a, b);
    return context.zip(fn, a, b);
  }
  const expression = (side: Operand | number): ScalarExpression => (typeof side === 'number' ? constant(side) : x);
  return context.map(typeof a === 'number' ? (b as Operand) : a, binary(fn, expression(a), expression(b)));
}

/** A function of two or more tensors, joined from the left. */
function merge(fn: BinaryFunction, least = 1): TranslateLayer {
  return (context) => {
    const all = terms(context);
    const [first, ...rest] = all;
    if (first === undefined || all.length < least) throw context.invalid(`it has ${all.length} inputs`);
    checkRanks(context, all);
    const result = rest.reduce<Operand | number>((sum, next) => joined(context, fn, sum, next), first);
    if (typeof result === 'number') throw context.invalid('it has no tensor');
    return result;
  };
}

/** Layers add axes behind the batch where ranks differ, which operators do not. */
function checkRanks(context: LayerContext, all: readonly (Operand | number)[]): void {
  const ranks = new Set(all.filter((term) => typeof term !== 'number').map(({ type }) => type.shape.length));
  if (ranks.size > 1)
    throw context.unsupported('inputs of different numbers of dimensions', 'reshape them to the same number');
}

const average: TranslateLayer = (context) => {
  const all = context.inputs;
  const [first, ...rest] = all;
  if (first === undefined) throw context.invalid('it has no inputs');
  checkRanks(context, all);
  const sum = rest.reduce((total, next) => joined(context, 'add', total, next), first);
  return context.map(sum, binary('div', x, constant(all.length)));
};

const concatenate: TranslateLayer = (context) => {
  const stated = context.arguments.find(({ name }) => name === 'axis')?.value;
  const option = context.option('axis', 'concat_axis');
  const view = stated !== undefined && 'isNull' in stated ? stated : option;
  const { inputs } = context;
  const [first] = inputs;
  if (first === undefined) throw context.invalid('it has no inputs');
  const axis = context.axis(view.isNull ? -1 : view.whole(-8, 8), first.type.shape.length);
  return inputs.length === 1 ? first : context.write({ type: 'concat', attributes: { axis } }, inputs);
};

/** Keras 1 Merge and its modes. */
const oldMerge: TranslateLayer = (context) => {
  context.ignore(
    'concat_axis',
    'dot_axes',
    'mode_type',
    'output_shape_type',
    'output_mask_type',
    'arguments',
    'output_mask',
  );
  const mode = context.option('mode').text();
  const layer = new Map<string, TranslateLayer>([
    ['sum', merge('add')],
    ['mul', merge('mul')],
    ['ave', average],
    ['max', merge('max')],
    ['concat', concatenate],
  ]).get(mode);
  if (layer === undefined) throw context.unsupported(`the mode ${mode}`, 'use sum, mul, ave, max or concat');
  return layer(context) as Operand;
};

const binaryFunctions: ReadonlyMap<string, BinaryFunction> = new Map([
  ['__operators__.add', 'add'],
  ['math.add', 'add'],
  ['math.subtract', 'sub'],
  ['math.multiply', 'mul'],
  ['math.truediv', 'div'],
  ['math.divide', 'div'],
  ['math.maximum', 'max'],
  ['math.minimum', 'min'],
]);

const unaryFunctions: ReadonlyMap<string, ScalarExpression> = new Map([
  ['math.square', unary('square', x)],
  ['math.sqrt', unary('sqrt', x)],
  ['math.rsqrt', unary('rsqrt', x)],
  ['math.exp', unary('exp', x)],
  ['math.log', unary('log', x)],
  ['math.abs', unary('abs', x)],
  ['math.negative', unary('neg', x)],
  ['math.sigmoid', unary('logistic', x)],
  ['math.tanh', unary('tanh', x)],
  ...(['relu', 'relu6', 'silu', 'elu', 'selu', 'softplus', 'softsign'] as const).map(
    (name) => [`nn.${name}`, namedFunctions.get(name) ?? x] as const,
  ),
]);

/** A TensorFlow function in a functional model of Keras 2. */
const operation: TranslateLayer = (context) => {
  const name = context.option('function').text();
  const pair = binaryFunctions.get(name);
  if (pair !== undefined) return namedPair(context, pair);
  const expression = unaryFunctions.get(name);
  if (expression !== undefined) return context.map(context.input, expression);
  if (name === 'nn.softmax') return softmax(context, context.input, context.input.type.shape.length - 1);
  throw context.problem(
    'unsupported-operator',
    `the TensorFlow function ${name} is not supported`,
    'use a Keras layer in its place',
  );
};

/** `tf.subtract(2, y)` has the tensor in y and the number in x. */
function namedPair(context: LayerContext, fn: BinaryFunction): Operand {
  const all = terms(context);
  const [a, b] = all;
  const names = context.arguments.map(({ name }) => name);
  if (
    a === undefined ||
    b === undefined ||
    all.length !== 2 ||
    (names[0] !== null && names[0] !== 'x') ||
    (names[1] !== null && names[1] !== 'y')
  ) {
    throw context.invalid(`it has ${all.length} operands of the names ${names.join(', ')}`);
  }
  return joined(context, fn, a, b);
}

const unaryOperation =
  (expression: ScalarExpression): TranslateLayer =>
  (context) =>
    context.map(context.input, expression);

export const merges: readonly (readonly [string, TranslateLayer])[] = [
  ['Add', merge('add')],
  ['Subtract', merge('sub', 2)],
  ['Multiply', merge('mul')],
  ['Divide', merge('div', 2)],
  ['TrueDivide', merge('div', 2)],
  ['Average', average],
  ['Maximum', merge('max')],
  ['Minimum', merge('min')],
  ['Concatenate', concatenate],
  ['Merge', oldMerge],
  ['TFOpLambda', operation],
  // Operations of Keras 3 that have the name of no layer.
  ['Relu', unaryOperation(namedFunctions.get('relu') ?? x)],
  ['Relu6', unaryOperation(namedFunctions.get('relu6') ?? x)],
  ['Sigmoid', unaryOperation(unary('logistic', x))],
  ['Tanh', unaryOperation(unary('tanh', x))],
  ['Silu', unaryOperation(namedFunctions.get('silu') ?? x)],
  ['Square', unaryOperation(unary('square', x))],
  ['Sqrt', unaryOperation(unary('sqrt', x))],
  ['Exp', unaryOperation(unary('exp', x))],
  ['Gelu', gelu],
];
