import type { BinaryFunction, ScalarExpression, UnaryFunction } from '../../../ops/scalar-expression.ts';
import type { RealZipFunction } from '../../../ops/zip-function.ts';
import { floatLiteral } from '../literal.ts';

/** The function of the float `x` as a C expression; every step is float32. Needs real.h. */
export function expressionText(expression: ScalarExpression): string {
  switch (expression.kind) {
    case 'x':
      return 'x';
    case 'constant':
      return floatLiteral(expression.value);
    case 'unary':
      return unaryText[expression.fn](expressionText(expression.of));
    case 'binary':
      return binaryText[expression.fn](expressionText(expression.a), expressionText(expression.b));
  }
}

const call = (name: string) => (a: string) => `${name}(${a})`;
const infix = (sign: string) => (a: string, b: string) => `(${a} ${sign} ${b})`;

const unaryText: { readonly [F in UnaryFunction]: (a: string) => string } = {
  neg: (a) => `(-(${a}))`,
  abs: call('fabsf'),
  exp: call('expf'),
  expm1: call('expm1f'),
  log: call('logf'),
  sqrt: call('sqrtf'),
  rsqrt: (a) => `(1.0f / sqrtf(${a}))`,
  log1p: call('log1pf'),
  sin: call('sinf'),
  cos: call('cosf'),
  tan: call('tanf'),
  asin: call('asinf'),
  acos: call('acosf'),
  atan: call('atanf'),
  sinh: call('sinhf'),
  cosh: call('coshf'),
  tanh: call('tanhf'),
  asinh: call('asinhf'),
  acosh: call('acoshf'),
  atanh: call('atanhf'),
  logistic: call('thimble_logistic'),
  erf: call('erff'),
  floor: call('floorf'),
  ceil: call('ceilf'),
  round: call('thimble_round'),
  sign: call('thimble_sign'),
  square: call('thimble_square'),
};

/** The C of a function of two real numbers. */
export const binaryText: { readonly [F in BinaryFunction | RealZipFunction]: (a: string, b: string) => string } = {
  add: infix('+'),
  sub: infix('-'),
  mul: infix('*'),
  div: infix('/'),
  max: (a, b) => `thimble_max(${a}, ${b})`,
  min: (a, b) => `thimble_min(${a}, ${b})`,
  rem: (a, b) => `fmodf(${a}, ${b})`,
  'floor-div': (a, b) => `floorf(${a} / ${b})`,
  'floor-mod': (a, b) => `thimble_floor_modulo(${a}, ${b})`,
  pow: (a, b) => `powf(${a}, ${b})`,
  atan2: (a, b) => `atan2f(${a}, ${b})`,
};
