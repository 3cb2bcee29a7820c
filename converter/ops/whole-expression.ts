import type { ScalarExpression, UnaryFunction } from './scalar-expression.ts';
import { type WholeZipFunction, zipWhole } from './zip-function.ts';

/** Functions of whole numbers that give whole numbers. */
export type WholeUnaryFunction = Extract<UnaryFunction, 'neg' | 'abs' | 'sign' | 'square' | 'floor' | 'ceil' | 'round'>;

const wholeUnaries: readonly UnaryFunction[] = ['neg', 'abs', 'sign', 'square', 'floor', 'ceil', 'round'];

/** Whether whole numbers have the function. */
export function isWholeUnary(fn: UnaryFunction): fn is WholeUnaryFunction {
  return wholeUnaries.includes(fn);
}

/** Why the expression is no function of whole numbers, or null. */
export function wholeFault(expression: ScalarExpression): string | null {
  switch (expression.kind) {
    case 'x':
      return null;
    case 'constant':
      return Number.isSafeInteger(expression.value) ? null : `${expression.value} is no whole number`;
    case 'unary':
      return isWholeUnary(expression.fn) ? wholeFault(expression.of) : `${expression.fn} is a function of real numbers`;
    case 'binary':
      if (expression.fn === 'div') return 'a quotient is a function of real numbers';
      return wholeFault(expression.a) ?? wholeFault(expression.b);
  }
}

/** The value at `x`; `wrap` brings each step into the range of the dtype. The expression has no {@link wholeFault}. */
export function evaluateWholeExpression(
  expression: ScalarExpression,
  x: bigint,
  wrap: (value: bigint) => bigint,
): bigint {
  switch (expression.kind) {
    case 'x':
      return x;
    case 'constant':
      return wrap(BigInt(expression.value));
    case 'unary': {
      const of = evaluateWholeExpression(expression.of, x, wrap);
      return isWholeUnary(expression.fn) ? wrap(wholeUnary(expression.fn, of)) : of;
    }
    case 'binary': {
      const fn: WholeZipFunction = expression.fn;
      const [a, b] = [expression.a, expression.b].map((side) => evaluateWholeExpression(side, x, wrap));
      return wrap(zipWhole(fn, a ?? 0n, b ?? 0n));
    }
  }
}

function wholeUnary(fn: WholeUnaryFunction, x: bigint): bigint {
  switch (fn) {
    case 'neg':
      return -x;
    case 'abs':
      return x < 0n ? -x : x;
    case 'sign':
      return x > 0n ? 1n : x < 0n ? -1n : 0n;
    case 'square':
      return x * x;
    case 'floor':
    case 'ceil':
    case 'round':
      return x;
  }
}
