import { binary, constant, type ScalarExpression, unary, theVariable as x } from '../../../ops/scalar-expression.ts';
import type { ZipFunction } from '../../../ops/zip.ts';
import type { DType } from '../../../tensor/dtype.ts';
import { leakyRelu, namedFunctions, negative, positive } from '../../activation-functions.ts';
import type { Operand } from '../../graph-writer.ts';
import { softmax } from '../../nhwc-layers.ts';
import type { NodeContext, TranslateNode } from '../context.ts';

const named = (name: string) => namedFunctions.get(name) ?? x;

/** Functions of one tensor. */
const functions: ReadonlyMap<string, ScalarExpression> = new Map([
  ['Relu', positive],
  ['Relu6', named('relu6')],
  ['Elu', named('elu')],
  ['Selu', named('selu')],
  ['Sigmoid', named('sigmoid')],
  ['Tanh', named('tanh')],
  ['Softplus', named('softplus')],
  ['Softsign', named('softsign')],
  ['Exp', unary('exp', x)],
  ['Expm1', unary('expm1', x)],
  ['Erf', unary('erf', x)],
  ['Log1p', unary('log1p', x)],
  ['Sin', unary('sin', x)],
  ['Cos', unary('cos', x)],
  ['Log', unary('log', x)],
  ['Sqrt', unary('sqrt', x)],
  ['Rsqrt', unary('rsqrt', x)],
  ['Square', unary('square', x)],
  ['Abs', unary('abs', x)],
  ['Neg', unary('neg', x)],
  ['Floor', unary('floor', x)],
  ['Ceil', unary('ceil', x)],
  ['Round', unary('round', x)],
  ['Sign', unary('sign', x)],
  ['Reciprocal', binary('div', constant(1), x)],
]);

/** max(x, 0) + slope * min(x, 0) with a computed or constant slope. */
function pRelu(context: NodeContext, input: Operand, slope: Operand): Operand {
  const below = context.zip('mul', context.map(input, negative), slope);
  return sameShape(context, context.zip('add', context.map(input, positive), below), input);
}

function sameShape(context: NodeContext, result: Operand, input: Operand): Operand {
  if (result.type.shape.join() === input.type.shape.join()) return result;
  throw context.invalid(`its operand does not fit an input of ${input.type.shape.join('x')}`);
}

/** The activation behind a fused product; a slope of Prelu is input 3. */
export function applyFused(context: NodeContext, operand: Operand, name: string | null): Operand {
  const alpha = context.float('leakyrelu_alpha', 0.2);
  if (name === null || name === 'NoOp') return operand;
  if (name === 'Prelu') return pRelu(context, operand, context.input(3));
  if (name === 'LeakyRelu') return context.map(operand, leakyRelu(alpha));
  const expression = functions.get(name);
  if (expression === undefined) throw context.unsupported(`the fused activation ${name}`, 'use another activation');
  return context.map(operand, expression);
}

function pair(fn: ZipFunction): TranslateNode {
  return (context) => {
    const [a, b] = [context.input(0), context.input(1)];
    if (a.type.dtype !== b.type.dtype)
      throw context.unsupported(`operands of ${a.type.dtype} and ${b.type.dtype}`, 'cast one of them');
    return context.zip(fn, a, b);
  };
}

const addN: TranslateNode = (context) => {
  const [first, ...rest] = context.all();
  if (first === undefined) throw context.invalid('it has no inputs');
  return rest.reduce((sum, next) => sameShape(context, context.zip('add', sum, next), first), first);
};

const biasAdd: TranslateNode = (context) => {
  const [input, bias] = [context.input(0), context.input(1)];
  if (context.text('data_format', 'NHWC') !== 'NHWC')
    throw context.unsupported('a data_format other than NHWC', 'use NHWC');
  return sameShape(context, context.zip('add', input, bias), input);
};

const squaredDifference: TranslateNode = (context) => {
  return context.map(context.zip('sub', context.input(0), context.input(1)), unary('square', x));
};

/** Bounds in a constant each. */
const clipByValue: TranslateNode = (context) => {
  const [low, high] = [context.constant(1, 'the lower bound'), context.constant(2, 'the upper bound')];
  if (low.data.length !== 1 || high.data.length !== 1)
    throw context.unsupported('bounds for each element', 'use a number each');
  return context.map(
    context.input(0),
    binary('min', binary('max', x, constant(Number(low.data[0]))), constant(Number(high.data[0]))),
  );
};

const dtypes: ReadonlyMap<string, DType> = new Map([
  ['DT_FLOAT', 'float32'],
  ['DT_INT32', 'int32'],
  ['DT_BOOL', 'bool'],
]);

const cast: TranslateNode = (context) => {
  const input = context.input(0);
  const wanted = context.dtype('DstT');
  const dtype = dtypes.get(wanted);
  if (dtype === undefined) throw context.unsupported(`a cast to ${wanted}`, 'use float32, int32 or bool');
  return dtype === input.type.dtype ? input : context.write({ type: 'cast', attributes: {} }, [input], dtype);
};

const identity: TranslateNode = (context) => context.input(0);

export const elementwise: readonly (readonly [string, TranslateNode])[] = [
  ...[...functions].map(([name, expression]): readonly [string, TranslateNode] => [
    name,
    (context) => context.map(context.input(0), expression),
  ]),
  ['LeakyRelu', (context) => context.map(context.input(0), leakyRelu(context.float('alpha', 0.2)))],
  ['Prelu', (context) => pRelu(context, context.input(0), context.input(1))],
  ['Softmax', (context) => softmax(context, context.input(0), context.input(0).type.shape.length - 1)],
  ['Add', pair('add')],
  ['AddV2', pair('add')],
  ['Sub', pair('sub')],
  ['Mul', pair('mul')],
  ['Div', pair('div')],
  ['RealDiv', pair('div')],
  ['Maximum', pair('max')],
  ['Minimum', pair('min')],
  ['AddN', addN],
  ['BiasAdd', biasAdd],
  ['SquaredDifference', squaredDifference],
  ['ClipByValue', clipByValue],
  ['Cast', cast],
  ...['Identity', 'StopGradient', 'Snapshot', 'PreventGradient', 'EnsureShape'].map(
    (name) => [name, identity] as const,
  ),
];
