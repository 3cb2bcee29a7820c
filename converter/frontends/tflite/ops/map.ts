import { hardSwish as hardSwishExpression } from '../../../ops/hard-swish.ts';
import {
  type BinaryFunction,
  binary,
  constant,
  unary as expressionOf,
  type ScalarExpression,
  type UnaryFunction,
} from '../../../ops/scalar-expression.ts';
import type { DType } from '../../../tensor/dtype.ts';
import type { TranslateOperator } from '../context.ts';

const x: ScalarExpression = { kind: 'x' };

function unary(fn: UnaryFunction): TranslateOperator {
  return mapOf({ kind: 'unary', fn, of: x });
}

/** A function whose integer arithmetic in TFLite is not the table that a `map` would use: float32 only. */
function floatOnly(fn: UnaryFunction): TranslateOperator {
  return (context) => {
    const { dtype } = context.type(context.input(0));
    if (dtype === 'float32') unary(fn)(context);
    else throw context.unsupported(`the dtype ${dtype} is not supported here`, 'use float32 for this operator');
  };
}

/** A function of float32 and of the whole numbers that TFLite has it for. */
function realOrWhole(fn: UnaryFunction, ...wholes: readonly DType[]): TranslateOperator {
  return (context) => {
    const { dtype } = context.type(context.input(0));
    if (dtype === 'float32' || wholes.includes(dtype)) unary(fn)(context);
    else throw context.unsupported(`the dtype ${dtype} is not supported here`, `use float32 or ${wholes.join(' or ')}`);
  };
}

/**
 * A function that TFLite has in float32 and, as a table, on 8 bits. On 16 bits it goes between the entries of a table of its own, which
 * is not done here.
 */
function realOrBytes(expression: ScalarExpression): TranslateOperator {
  return (context) => {
    const { dtype } = context.type(context.input(0));
    if (dtype === 'float32' || dtype === 'int8') mapOf(expression)(context);
    else throw context.unsupported(`the dtype ${dtype} is not supported here`, 'use float32 or int8');
  };
}

function bound(fn: BinaryFunction, of: ScalarExpression, value: number): ScalarExpression {
  return { kind: 'binary', fn, a: of, b: { kind: 'constant', value } };
}

function mapOf(expression: ScalarExpression): TranslateOperator {
  return (context) => {
    context.output(0, { type: 'map', attributes: { expression } }, [context.input(0)]);
  };
}

export const relu = mapOf(bound('max', x, 0));
export const relu0To1 = mapOf(bound('min', bound('max', x, 0), 1));
export const relu6 = mapOf(bound('min', bound('max', x, 0), 6));
export const reluN1To1 = mapOf(bound('min', bound('max', x, -1), 1));
export const logistic = realOrBytes({ kind: 'unary', fn: 'logistic', of: x });
export const tanh = realOrBytes({ kind: 'unary', fn: 'tanh', of: x });
export const sin = floatOnly('sin');
export const cos = floatOnly('cos');
export const hardSwish = realOrBytes(hardSwishExpression);
export const elu = realOrBytes(binary('add', bound('max', x, 0), expressionOf('expm1', bound('min', x, 0))));
export const round = floatOnly('round');
export const sign = realOrWhole('sign', 'int32');
export const exp = realOrBytes(expressionOf('exp', x));
export const log = floatOnly('log');
export const sqrt = floatOnly('sqrt');
export const rsqrt = floatOnly('rsqrt');
export const square = floatOnly('square');
export const neg = realOrWhole('neg', 'int32', 'int64');
export const abs = realOrWhole('abs', 'int32', 'int8', 'int16');
export const floor = floatOnly('floor');
export const ceil = floatOnly('ceil');

/** LEAKY_RELU: with a slope from 0 to 1 the form that has integer arithmetic of its own, with others a float expression. */
export const leakyRelu: TranslateOperator = (context) => {
  const { alpha } = context.options('LeakyReluOptions');
  if (!Number.isFinite(alpha)) throw context.invalid(`alpha is ${alpha}`);
  if (alpha >= 0 && alpha <= 1) return mapOf(binary('max', x, binary('mul', x, constant(alpha))))(context);
  const { dtype } = context.type(context.input(0));
  if (dtype !== 'float32') {
    throw context.unsupported(`alpha ${alpha} on ${dtype} is not supported`, 'use a slope from 0 to 1, or float32');
  }
  mapOf(binary('add', bound('max', x, 0), binary('mul', bound('min', x, 0), constant(alpha))))(context);
};
