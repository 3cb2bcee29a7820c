import {
  binary,
  constant,
  type ScalarExpression,
  type UnaryFunction,
  unary,
  theVariable as x,
} from '../ops/scalar-expression.ts';

/** Activation functions of Keras and TensorFlow as expressions of x. */

const c = constant;
const add = (a: ScalarExpression, b: ScalarExpression) => binary('add', a, b);
const mul = (a: ScalarExpression, b: ScalarExpression) => binary('mul', a, b);
export const positive: ScalarExpression = binary('max', x, c(0));
export const negative: ScalarExpression = binary('min', x, c(0));

export function clip(of: ScalarExpression, low: number, high: number): ScalarExpression {
  return binary('min', binary('max', of, c(low)), c(high));
}

/** max(x, 0) + slope * min(x, 0); slopes from 0 to 1 in the shorter form that becomes a leaky ReLU of integers. */
export function leakyRelu(slope: number): ScalarExpression {
  if (slope === 0) return positive;
  return slope > 0 && slope <= 1 ? binary('max', x, mul(x, c(slope))) : add(positive, mul(c(slope), negative));
}

/** x where positive, alpha * (exp(x) - 1) elsewhere. */
export function elu(alpha: number): ScalarExpression {
  return add(positive, mul(c(alpha), unary('expm1', negative)));
}

/** log(1 + exp(x)) without overflow. */
const softplus = add(positive, unary('log1p', unary('exp', unary('neg', unary('abs', x)))));

/** x³ by multiplications. */
const cube = mul(x, unary('square', x));

/** GELU with the tanh approximation (Hendrycks and Gimpel 2016, section 2). */
export const geluTanh: ScalarExpression = mul(
  mul(c(0.5), x),
  add(c(1), unary('tanh', mul(c(Math.sqrt(2 / Math.PI)), add(x, mul(c(0.044715), cube))))),
);

/** GELU as it is defined: x times the cumulative distribution of the standard normal. */
export const geluExact: ScalarExpression = mul(mul(c(0.5), x), add(c(1), unary('erf', mul(x, c(Math.SQRT1_2)))));

/** Constants of Klambauer et al. 2017, as in Keras. */
const selu = mul(c(1.0507009873554805), elu(1.6732632423543772));

const hardSwish = mul(x, clip(add(mul(c(1 / 6), x), c(0.5)), 0, 1));

const applied = (fn: UnaryFunction) => unary(fn, x);

/**
 * Functions with one meaning in all versions. `hard_sigmoid` has two (Keras 3 made it relu6(x + 3) / 6, before it was
 * clip(0.2 x + 0.5)) and is not here.
 */
export const namedFunctions: ReadonlyMap<string, ScalarExpression> = new Map([
  ['linear', x],
  ['relu', positive],
  ['relu6', clip(x, 0, 6)],
  ['sigmoid', applied('logistic')],
  ['tanh', applied('tanh')],
  ['exponential', applied('exp')],
  ['elu', elu(1)],
  ['selu', selu],
  ['softplus', softplus],
  ['softsign', binary('div', x, add(c(1), unary('abs', x)))],
  ['swish', mul(x, applied('logistic'))],
  ['silu', mul(x, applied('logistic'))],
  ['gelu', geluExact],
  ['mish', mul(x, unary('tanh', softplus))],
  ['hard_swish', hardSwish],
  ['hard_silu', hardSwish],
]);

/** clip(0.2 x + 0.5, 0, 1): Keras 1 and 2. */
export const hardSigmoid2: ScalarExpression = clip(add(mul(c(0.2), x), c(0.5)), 0, 1);

/** relu6(x + 3) / 6: Keras 3. */
export const hardSigmoid3: ScalarExpression = clip(add(mul(c(1 / 6), x), c(0.5)), 0, 1);
