import {
  binary,
  constant,
  type ScalarExpression,
  type UnaryFunction,
  unary,
  theVariable as x,
} from '../../../ops/scalar-expression.ts';
import type { ZipFunction } from '../../../ops/zip.ts';
import { shapesEqual } from '../../../tensor/shape.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import type { Operand } from '../writer.ts';
import { geluByErf, geluByTanh } from './gelu.ts';

const c = constant;
const add = (a: ScalarExpression, b: ScalarExpression) => binary('add', a, b);
const mul = (a: ScalarExpression, b: ScalarExpression) => binary('mul', a, b);
const positive = binary('max', x, c(0));
const negative = binary('min', x, c(0));
const clip = (of: ScalarExpression, low: number, high: number) => binary('min', binary('max', of, c(low)), c(high));

/** log(1 + exp(y)) without overflow. */
function softplusOf(y: ScalarExpression): ScalarExpression {
  return add(binary('max', y, c(0)), unary('log', add(c(1), unary('exp', unary('neg', unary('abs', y))))));
}

/** exp(y) - 1. */
function expMinusOne(y: ScalarExpression): ScalarExpression {
  return binary('sub', unary('exp', y), c(1));
}

/** An operator that is one function of x, which may depend on its attributes. */
function map(expression: (context: OperatorContext) => ScalarExpression): TranslateOperator {
  return (context) => context.bind(context.map(context.input(0), expression(context)));
}

const applied = (fn: UnaryFunction): TranslateOperator => map(() => unary(fn, x));

function gelu(context: OperatorContext): ScalarExpression {
  const approximate = context.string('approximate', 'none');
  if (approximate !== 'none' && approximate !== 'tanh')
    throw context.unsupported(`approximate='${approximate}'`, "use 'none' or 'tanh'");
  return approximate === 'none' ? geluByErf : geluByTanh;
}

/** max(x, 0) + slope * min(x, 0); the shorter form of slopes from 0 to 1 is what `leakySlopeOf` recognises. */
function leaky(slope: number): ScalarExpression {
  return slope >= 0 && slope <= 1 ? binary('max', x, mul(x, c(slope))) : add(positive, mul(c(slope), negative));
}

/** Clip: bounds are attributes before operator set 11, inputs after; where the lower one is above the upper one, the upper one holds. */
function clipBounds(context: OperatorContext): ScalarExpression {
  const bound = (index: number, name: string, fallback: number): number => {
    if (context.opset < 11) return context.float(name, fallback);
    if (context.optional(index) === null) return fallback;
    const { data } = context.constant(index, name);
    if (data.length !== 1) throw context.invalid(`${name} has ${data.length} elements`);
    return Number(data[0]);
  };
  const low = bound(1, 'min', Number.NEGATIVE_INFINITY);
  const high = bound(2, 'max', Number.POSITIVE_INFINITY);
  const lower = low === Number.NEGATIVE_INFINITY ? x : binary('max', x, c(low));
  return high === Number.POSITIVE_INFINITY ? lower : binary('min', lower, c(high));
}

/** Pow with a constant exponent that is a short product or root. */
const pow: TranslateOperator = (context) => {
  const base = context.input(0);
  context.floatOnly(base);
  const exponent = context.constant(1, 'the exponent');
  const value = Number(exponent.data[0]);
  const isOne = exponent.data.length === 1 && exponent.type.shape.length <= base.type.shape.length;
  const expression = isOne && exponent.type.dtype !== 'float16' ? powers.get(value) : undefined;
  if (expression === undefined) {
    throw context.unsupported(`the exponent ${exponent.data.slice(0, 3).join(', ')}`, 'use 2, 3, 0.5, -0.5, -1 or 1');
  }
  context.bind(context.map(base, expression));
};

const powers: ReadonlyMap<number, ScalarExpression> = new Map([
  [1, x],
  [2, unary('square', x)],
  [3, mul(x, unary('square', x))],
  [4, unary('square', unary('square', x))],
  [0.5, unary('sqrt', x)],
  [-0.5, unary('rsqrt', x)],
  [-1, binary('div', c(1), x)],
]);

/** Add, Sub, Mul, Div of two operands. ONNX leaves integer division by zero open. */
function pair(fn: ZipFunction): TranslateOperator {
  return (context) => {
    const [a, b] = [context.input(0), context.input(1)];
    context.bind(context.zip(fn, a, context.opset < 7 ? aligned(context, a, b) : b));
  };
}

/** Before operator set 7 the second operand lies along the axes of the first one from `axis` on, by default the last ones. */
function aligned(context: OperatorContext, a: Operand, b: Operand): Operand {
  const broadcast = context.int('broadcast', 0) !== 0;
  const [rank, own] = [a.type.shape.length, b.type.shape.length];
  const given = context.int('axis', rank - own);
  const axis = given < 0 ? given + rank : given;
  if (!broadcast && !shapesEqual(a.type.shape, b.type.shape))
    throw context.invalid('the shapes of its operands differ');
  if (!broadcast || axis + own > rank || axis < 0) return b;
  return context.reshape(b, [...b.type.shape, ...new Array<number>(rank - own - axis).fill(1)]);
}

/** Sum, Max, Min and Mean of any number of operands. */
function many(
  fn: ZipFunction,
  finish: (context: OperatorContext, sum: Operand) => Operand = (_, sum) => sum,
): TranslateOperator {
  return (context) => {
    const [first, ...rest] = context.inputs();
    if (first === undefined) throw context.invalid('it has no inputs');
    context.bind(
      finish(
        context,
        rest.reduce((sum, operand) => context.zip(fn, sum, operand), first),
      ),
    );
  };
}

const mean = many('add', (context, sum) => context.map(sum, binary('div', x, c(context.node.inputs.length))));

/** PRelu: max(x, 0) + slope * min(x, 0), the slope broadcast to x. */
const pRelu: TranslateOperator = (context) => {
  const [input, given] = [context.input(0), context.input(1)];
  context.floatOnly(input, given);
  // Before operator set 7 a list of slopes belongs to the channels.
  const perChannel = context.opset < 7 && given.type.shape.length === 1 && input.type.shape.length > 2;
  const slope = perChannel
    ? context.reshape(given, [...given.type.shape, ...input.type.shape.slice(2).fill(1)])
    : given;
  const result = context.zip(
    'add',
    context.map(input, positive),
    context.zip('mul', context.map(input, negative), slope),
  );
  if (!shapesEqual(result.type.shape, input.type.shape))
    throw context.invalid('the slope does not broadcast to the input');
  context.bind(result);
};

/** Neg and Abs of constants of integers are exact; at run time they are for float32. */
function signed(fn: 'neg' | 'abs'): TranslateOperator {
  return (context) => {
    const input = context.input(0);
    if (input.tensor !== null && input.type.dtype === 'int64')
      context.bind(context.literal(wholeMap(input.tensor, fn)));
    else context.bind(context.map(input, unary(fn, x)));
  };
}

function wholeMap({ type, data }: Tensor, fn: 'neg' | 'abs'): Tensor {
  const values = BigInt64Array.from(data as BigInt64Array, (value) => (fn === 'neg' || value < 0n ? -value : value));
  return { type, data: values };
}

const seluAlpha = 1.6732631921768188;
const seluGamma = 1.0507010221481323;

export const elementwise: readonly (readonly [string, TranslateOperator])[] = [
  ['Relu', map(() => positive)],
  ['LeakyRelu', map((context) => leaky(context.float('alpha', 0.01)))],
  ['PRelu', pRelu],
  ['Clip', map(clipBounds)],
  ['Sigmoid', applied('logistic')],
  ['Tanh', applied('tanh')],
  ['Exp', applied('exp')],
  ['Log', applied('log')],
  ['Sqrt', applied('sqrt')],
  ['Neg', signed('neg')],
  ['Abs', signed('abs')],
  ['Floor', applied('floor')],
  ['Ceil', applied('ceil')],
  ['Reciprocal', map(() => binary('div', c(1), x))],
  [
    'HardSigmoid',
    map((context) => clip(add(mul(c(context.float('alpha', 0.2)), x), c(context.float('beta', 0.5))), 0, 1)),
  ],
  ['HardSwish', map(() => mul(x, clip(add(mul(c(1 / 6), x), c(0.5)), 0, 1)))],
  ['Elu', map((context) => add(positive, mul(c(context.float('alpha', 1)), expMinusOne(negative))))],
  [
    'Selu',
    map((context) => {
      const below = mul(c(context.float('alpha', seluAlpha)), expMinusOne(negative));
      return mul(c(context.float('gamma', seluGamma)), add(positive, below));
    }),
  ],
  [
    'Celu',
    map((context) => {
      const alpha = c(context.float('alpha', 1));
      return add(positive, mul(alpha, expMinusOne(binary('div', negative, alpha))));
    }),
  ],
  ['Softplus', map(() => softplusOf(x))],
  ['Softsign', map(() => binary('div', x, add(c(1), unary('abs', x))))],
  ['Mish', map(() => mul(x, unary('tanh', softplusOf(x))))],
  ['Swish', map((context) => mul(x, unary('logistic', mul(c(context.float('alpha', 1)), x))))],
  ['Gelu', map(gelu)],
  ['Pow', pow],
  ['Add', pair('add')],
  ['Sub', pair('sub')],
  ['Mul', pair('mul')],
  ['Div', pair('div')],
  ['Sum', many('add')],
  ['Max', many('max')],
  ['Min', many('min')],
  ['Mean', mean],
];
