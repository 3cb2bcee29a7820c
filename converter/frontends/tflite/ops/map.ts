import type { BinaryFunction, ScalarExpression, UnaryFunction } from '../../../ops/scalar-expression.ts';
import type { TranslateOperator } from '../context.ts';

const x: ScalarExpression = { kind: 'x' };

function unary(fn: UnaryFunction): TranslateOperator {
  return mapOf({ kind: 'unary', fn, of: x });
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
export const exp = unary('exp');
export const log = unary('log');
export const sqrt = unary('sqrt');
export const rsqrt = unary('rsqrt');
export const square = unary('square');
export const neg = unary('neg');
export const abs = unary('abs');
export const floor = unary('floor');
export const ceil = unary('ceil');
