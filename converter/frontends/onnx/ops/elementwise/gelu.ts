import { binary, constant, type ScalarExpression, unary, theVariable as x } from '../../../../ops/scalar-expression.ts';
import type { TranslateOperator } from '../../context.ts';
import { fusedMatMul, gemmOf } from '../products/product.ts';

const c = constant;
const mul = (a: ScalarExpression, b: ScalarExpression) => binary('mul', a, b);
const add = (a: ScalarExpression, b: ScalarExpression) => binary('add', a, b);

/** x (1 + erf(x / √2)) / 2 (Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016). */
export const geluByErf = mul(mul(c(0.5), x), add(c(1), unary('erf', mul(x, c(Math.SQRT1_2)))));

/** x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, the approximation of the same paper. */
export const geluByTanh = mul(
  mul(c(0.5), x),
  add(c(1), unary('tanh', mul(c(Math.sqrt(2 / Math.PI)), add(x, mul(c(0.044715), mul(x, unary('square', x))))))),
);

/** A Gelu of x + bias, where there is one. */
function biased(expression: ScalarExpression): TranslateOperator {
  return (context) => {
    const [input, bias] = [context.input(0), context.optional(1)];
    context.floatOnly(input);
    const { shape } = input.type;
    const sum = bias === null ? input : context.zip('add', input, bias);
    if (sum.type.shape.join() !== shape.join()) throw context.invalid('its bias does not broadcast to its input');
    context.bind(context.map(sum, expression));
  };
}

/** x / (1 + exp(-alpha x)) */
const quickGelu: TranslateOperator = (context) => {
  const alpha = c(context.float('alpha', 1.702));
  context.bind(context.map(context.input(0), mul(x, unary('logistic', mul(alpha, x)))));
};

type Activation = (alpha: number, beta: number) => ScalarExpression;

/** The functions that onnxruntime fuses into a product; others are refused. */
const activations: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ['Relu', () => binary('max', x, c(0))],
  ['Sigmoid', () => unary('logistic', x)],
  ['Tanh', () => unary('tanh', x)],
  ['LeakyRelu', (alpha) => add(binary('max', x, c(0)), mul(c(alpha), binary('min', x, c(0))))],
  ['HardSigmoid', (alpha, beta) => binary('min', binary('max', add(mul(c(alpha), x), c(beta)), c(0)), c(1))],
]);

/** Gemm with a function behind it. */
const fusedGemm: TranslateOperator = (context) => {
  const name = context.string('activation', '');
  const isLeaky = name === 'LeakyRelu';
  const [alpha, beta] = [
    context.float('activation_alpha', isLeaky ? 0.01 : 0.2),
    context.float('activation_beta', 0.5),
  ];
  context.ignore('activation_gamma');
  const result = gemmOf(context);
  const activation = activations.get(name);
  if (name !== '' && activation === undefined)
    throw context.unsupported(`activation=${name}`, `use one of ${[...activations.keys()].join(', ')}`);
  context.bind(activation === undefined ? result : context.map(result, activation(alpha, beta)));
};

/** Operators of onnxruntime's own domain that its optimizer writes in place of what models have. */
export const fusedOperators: readonly (readonly [string, TranslateOperator])[] = [
  ['Erf', (context) => context.bind(context.map(context.input(0), unary('erf', x)))],
  ['com.microsoft:Gelu', biased(geluByErf)],
  ['com.microsoft:BiasGelu', biased(geluByErf)],
  ['com.microsoft:FastGelu', biased(geluByTanh)],
  ['com.microsoft:QuickGelu', quickGelu],
  ['com.microsoft:FusedGemm', fusedGemm],
  ['com.microsoft:FusedMatMul', fusedMatMul],
  ['com.microsoft:TransposeMatMul', fusedMatMul],
];
