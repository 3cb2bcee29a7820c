import type { BinaryFunction, ScalarExpression, UnaryFunction } from '../../../ops/scalar-expression.ts';
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

function bound(fn: BinaryFunction, of: ScalarExpression, value: number): ScalarExpression {
  return { kind: 'binary', fn, a: of, b: { kind: 'constant', value } };
}

function mapOf(expression: ScalarExpression): TranslateOperator {
  return (context) => {
    context.output(0, { type: 'map', attributes: { expression } }, [context.input(0)]);
  };
}

export const relu = mapOf(bound('max', x, 0));
export const relu6 = mapOf(bound('min', bound('max', x, 0), 6));
export const reluN1To1 = mapOf(bound('min', bound('max', x, -1), 1));
export const logistic = unary('logistic');
export const tanh = unary('tanh');
export const exp = floatOnly('exp');
export const log = floatOnly('log');
export const sqrt = floatOnly('sqrt');
export const rsqrt = floatOnly('rsqrt');
export const square = floatOnly('square');
export const neg = floatOnly('neg');
export const abs = floatOnly('abs');
export const floor = floatOnly('floor');
export const ceil = floatOnly('ceil');
