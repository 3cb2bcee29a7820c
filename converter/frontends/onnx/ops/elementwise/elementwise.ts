import {
  binary,
  constant,
  type ScalarExpression,
  type UnaryFunction,
  unary,
  theVariable as x,
} from '../../../../ops/scalar-expression.ts';
import type { ZipFunction } from '../../../../ops/zip.ts';
import { shapesEqual } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { aligned } from './aligned.ts';
import { clip } from './clip.ts';
import { geluByErf, geluByTanh } from './gelu.ts';
import { pow } from './pow.ts';

const c = constant;
const add = (a: ScalarExpression, b: ScalarExpression) => binary('add', a, b);
const mul = (a: ScalarExpression, b: ScalarExpression) => binary('mul', a, b);
const positive = binary('max', x, c(0));
const negative = binary('min', x, c(0));
const limited = (of: ScalarExpression, low: number, high: number) => binary('min', binary('max', of, c(low)), c(high));

/** log(1 + exp(y)) without overflow, also where it is tiny. */
function softplusOf(y: ScalarExpression): ScalarExpression {
  return add(binary('max', y, c(0)), unary('log1p', unary('exp', unary('neg', unary('abs', y)))));
}

/** exp(y) - 1. */
function expMinusOne(y: ScalarExpression): ScalarExpression {
  return unary('expm1', y);
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

/** Add, Sub, Mul, Div of two operands. ONNX leaves integer division by zero open. */
function pair(fn: ZipFunction): TranslateOperator {
  return (context) => {
    const [a, b] = [context.input(0), context.input(1)];
    context.bind(context.zip(fn, a, aligned(context, a, b)));
  };
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
  context.realOnly(input, given);
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

/** A function that whole numbers have too. */
function anyNumber(expression: ScalarExpression): TranslateOperator {
  return (context) => context.bind(context.mapAny(context.input(0), expression));
}

/** ThresholdedRelu: x where it is above alpha, else 0. */
const thresholdedRelu: TranslateOperator = (context) => {
  const input = context.input(0);
  const { dtype } = input.type;
  context.realOnly(input);
  const above = context.compare('greater', input, context.scalar(dtype, context.float('alpha', 1)));
  context.bind(context.select(above, input, context.scalar(dtype, 0)));
};

/** Shrink: numbers beyond -lambd and lambd move towards 0 by the bias, the others become 0. */
const shrink: TranslateOperator = (context) => {
  const input = context.input(0);
  const { dtype } = input.type;
  context.realOnly(input);
  const [limit, bias] = [context.float('lambd', 0.5), context.float('bias', 0)];
  const high = context.compare('greater', input, context.scalar(dtype, limit));
  const low = context.compare('less', input, context.scalar(dtype, -limit));
  const down = context.map(input, binary('sub', x, c(bias)));
  const up = context.map(input, add(x, c(bias)));
  context.bind(context.select(low, up, context.select(high, down, context.scalar(dtype, 0))));
};

/** Mod: the remainder with the sign of the divisor, or with fmod=1, and always for real numbers, that of the dividend. */
const mod: TranslateOperator = (context) => {
  const [a, b] = [context.input(0), context.input(1)];
  const truncated = context.int('fmod', 0) !== 0;
  if (!truncated && a.type.dtype.startsWith('float')) {
    throw context.unsupported(`fmod=0 on ${a.type.dtype}`, 'set fmod=1, which real numbers want');
  }
  context.bind(context.zip(truncated ? 'rem' : 'floor-mod', a, b));
};

const seluAlpha = 1.6732631921768188;
const seluGamma = 1.0507010221481323;

export const elementwise: readonly (readonly [string, TranslateOperator])[] = [
  ['Relu', map(() => positive)],
  ['LeakyRelu', map((context) => leaky(context.float('alpha', 0.01)))],
  ['PRelu', pRelu],
  ['Clip', clip],
  ['Sigmoid', applied('logistic')],
  ['Tanh', applied('tanh')],
  ['Exp', applied('exp')],
  ['Log', applied('log')],
  ['Sqrt', applied('sqrt')],
  ['Neg', anyNumber(unary('neg', x))],
  ['Abs', anyNumber(unary('abs', x))],
  ['Sign', anyNumber(unary('sign', x))],
  ['Floor', applied('floor')],
  ['Ceil', applied('ceil')],
  ['Round', applied('round')],
  ['Sin', applied('sin')],
  ['Cos', applied('cos')],
  ['Tan', applied('tan')],
  ['Asin', applied('asin')],
  ['Acos', applied('acos')],
  ['Atan', applied('atan')],
  ['Sinh', applied('sinh')],
  ['Cosh', applied('cosh')],
  ['Asinh', applied('asinh')],
  ['Acosh', applied('acosh')],
  ['Atanh', applied('atanh')],
  ['Shrink', shrink],
  ['ThresholdedRelu', thresholdedRelu],
  ['Mod', mod],
  ['Reciprocal', map(() => binary('div', c(1), x))],
  [
    'HardSigmoid',
    map((context) => limited(add(mul(c(context.float('alpha', 0.2)), x), c(context.float('beta', 0.5))), 0, 1)),
  ],
  ['HardSwish', map(() => mul(x, limited(add(mul(c(1 / 6), x), c(0.5)), 0, 1)))],
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
