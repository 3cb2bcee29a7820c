import { noClamp } from '../../../ops/definition.ts';
import { binary, constant, theVariable } from '../../../ops/scalar-expression.ts';
import { dimension } from '../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import type { Operand } from '../writer.ts';

const product = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;

/** Gemm: alpha * A' * B' + beta * C. */
export const gemm: TranslateOperator = (context) => {
  const [a, b] = [context.input(0), context.input(1)];
  context.floatOnly(a, b);
  if (a.type.shape.length !== 2 || b.type.shape.length !== 2)
    throw context.invalid('its operands must have 2 dimensions');
  const rows = context.int('transA', 0) === 0 ? a : context.transpose(a, [1, 0]);
  const weights = context.int('transB', 0) === 0 ? context.transpose(b, [1, 0]) : b;
  const alpha = context.float('alpha', 1);
  const beta = context.float('beta', 1);
  const units = dimension(weights.type.shape, 0);
  const scaled = weights.tensor === null ? weights : times(context, weights, alpha);
  const c = context.optional(2);
  context.ignore('broadcast');
  const bias = c === null ? null : times(context, c, beta);
  const isRow =
    bias !== null && bias.tensor !== null && bias.type.shape.at(-1) === units && bias.tensor.data.length === units;
  const row =
    bias !== null && isRow && (weights.tensor !== null || alpha === 1) ? context.reshape(bias, [units]) : null;
  const plain = context.write(product, [rows, scaled, row ?? zeros(context, units)]);
  const result = weights.tensor === null ? times(context, plain, alpha) : plain;
  if (bias === null || row !== null) context.bind(result);
  else context.bind(sameShape(context, context.zip('add', result, bias), result));
};

/** C broadcasts to the product, never the other way round. */
function sameShape(context: OperatorContext, sum: Operand, result: Operand): Operand {
  if (sum.type.shape.join() === result.type.shape.join()) return sum;
  throw context.invalid(`C does not broadcast to ${result.type.shape.join('x')}`);
}

function times(context: OperatorContext, operand: Operand, factor: number): Operand {
  if (factor === 1) return operand;
  return context.map(operand, binary('mul', theVariable, constant(factor)));
}

function zeros(context: OperatorContext, units: number): Operand {
  return context.floats(new Float32Array(units), [units]);
}

/** MatMul with one matrix on the right (constant or computed), or with vectors. */
export const matMul: TranslateOperator = (context) => {
  const [left, right] = [context.input(0), context.input(1)];
  context.floatOnly(left, right);
  const [a, b] = [left.type.shape, right.type.shape];
  if (a.length === 0 || b.length === 0) throw context.invalid('its operands must not be scalars');
  const matrix = b.length === 1 ? context.reshape(right, [...b, 1]) : right;
  const leading = matrix.type.shape.slice(0, -2);
  if (leading.some((size) => size !== 1) || (leading.length > 0 && leading.length + 2 > a.length)) {
    throw context.unsupported(
      `a product with a stack of matrices (${b.join('x')})`,
      'only one matrix on the right is supported: split the product',
    );
  }
  const [depth, units] = matrix.type.shape.slice(-2);
  const weights = context.transpose(context.reshape(matrix, [depth ?? 1, units ?? 1]), [1, 0]);
  const rows = a.length === 1 ? context.reshape(left, [1, ...a]) : left;
  const result = context.write(product, [rows, weights, zeros(context, units ?? 1)]);
  const shape = [...a.slice(0, -1), ...(b.length === 1 ? [] : [units ?? 1])];
  context.bind(context.reshape(result, shape));
};
