import { roundHalfEven } from '../tensor/round-half-even.ts';
import { erf } from './erf.ts';

/** A function of one real variable x, small enough to inline into a loop. */
export type ScalarExpression =
  | { readonly kind: 'x' }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'unary'; readonly fn: UnaryFunction; readonly of: ScalarExpression }
  | {
      readonly kind: 'binary';
      readonly fn: BinaryFunction;
      readonly a: ScalarExpression;
      readonly b: ScalarExpression;
    };

export type UnaryFunction =
  | 'neg'
  | 'abs'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'rsqrt'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'logistic'
  | 'erf'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'sign'
  | 'square';

export type BinaryFunction = 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min';

/** The expression x, the shortest one. */
export const theVariable: ScalarExpression = { kind: 'x' };

export function constant(value: number): ScalarExpression {
  return { kind: 'constant', value };
}

export function unary(fn: UnaryFunction, of: ScalarExpression): ScalarExpression {
  return { kind: 'unary', fn, of };
}

export function binary(fn: BinaryFunction, a: ScalarExpression, b: ScalarExpression): ScalarExpression {
  return { kind: 'binary', fn, a, b };
}

/** The value at `x`, every step rounded by `round`, to float32 unless said otherwise. */
export function evaluateExpression(
  expression: ScalarExpression,
  x: number,
  round: (value: number) => number = Math.fround,
): number {
  switch (expression.kind) {
    case 'x':
      return x;
    case 'constant':
      return round(expression.value);
    case 'unary':
      return round(applyUnary(expression.fn, evaluateExpression(expression.of, x, round), round));
    case 'binary':
      return round(
        applyBinary(
          expression.fn,
          evaluateExpression(expression.a, x, round),
          evaluateExpression(expression.b, x, round),
        ),
      );
  }
}

function applyUnary(fn: UnaryFunction, x: number, round: (value: number) => number): number {
  switch (fn) {
    case 'neg':
      return -x;
    case 'abs':
      return Math.abs(x);
    case 'exp':
      return Math.exp(x);
    case 'expm1':
      return Math.expm1(x);
    case 'log':
      return Math.log(x);
    case 'sqrt':
      return Math.sqrt(x);
    case 'rsqrt':
      return 1 / round(Math.sqrt(x));
    case 'sin':
    case 'cos':
    case 'tan':
    case 'asin':
    case 'acos':
    case 'atan':
    case 'sinh':
    case 'cosh':
    case 'tanh':
    case 'asinh':
    case 'acosh':
    case 'atanh':
    case 'log1p':
      return Math[fn](x);
    case 'logistic':
      return 1 / round(1 + round(Math.exp(-x)));
    case 'erf':
      return erf(x);
    case 'floor':
      return Math.floor(x);
    case 'ceil':
      return Math.ceil(x);
    case 'round':
      return roundHalfEven(x);
    case 'sign':
      return x > 0 ? 1 : x < 0 ? -1 : 0;
    case 'square':
      return x * x;
  }
}

function applyBinary(fn: BinaryFunction, a: number, b: number): number {
  switch (fn) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return a * b;
    case 'div':
      return a / b;
    case 'max':
      return Math.max(a, b);
    case 'min':
      return Math.min(a, b);
  }
}
