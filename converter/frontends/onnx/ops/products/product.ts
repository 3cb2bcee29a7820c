import { noClamp } from '../../../../ops/definition.ts';
import { type MatmulAttributes, matmulGeometry } from '../../../../ops/matmul.ts';
import { binary, constant, theVariable } from '../../../../ops/scalar-expression.ts';
import { elementCount } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';

const product = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;

const plain: MatmulAttributes = { transposeA: false, transposeB: false };

/** The operand with its last two axes exchanged. */
export function swapped(context: OperatorContext, operand: Operand): Operand {
  const axes = [...operand.type.shape.keys()];
  const last = axes.length - 1;
  return context.transpose(operand, [...axes.slice(0, -2), last, last - 1]);
}

/**
 * The product of two float32 operands of two or more axes. One constant matrix on the right is weights; stacks and computed
 * matrices are a `matmul`.
 */
export function matrixProduct(context: OperatorContext, a: Operand, b: Operand, flags = plain): Operand {
  const [aShape, bShape] = [a.type.shape, b.type.shape];
  const geometry = geometryOf(context, a, b, flags);
  const { depth, columns } = geometry;
  const isOne = bShape.slice(0, -2).every((size) => size === 1) && bShape.length <= aShape.length;
  if (!isOne || flags.transposeA) {
    if (isOne && b.tensor !== null && a.tensor === null)
      return matrixProduct(context, swapped(context, a), b, { ...flags, transposeA: false });
    return context.write({ type: 'matmul', attributes: flags }, [a, b]);
  }
  const rows = context.reshape(a, [elementCount(aShape) / depth, depth]);
  const matrix = context.reshape(b, bShape.slice(-2));
  const weights = flags.transposeB ? matrix : context.transpose(matrix, [1, 0]);
  const result =
    b.tensor === null
      ? context.write({ type: 'matmul', attributes: flags }, [rows, matrix])
      : context.write(product, [rows, weights, zeros(context, columns)]);
  return context.reshape(result, [...geometry.batch, geometry.rows, columns]);
}

function geometryOf(context: OperatorContext, a: Operand, b: Operand, flags: MatmulAttributes) {
  try {
    return matmulGeometry(flags, a.type.shape, b.type.shape);
  } catch (error) {
    if (error instanceof RangeError) throw context.invalid(error.message);
    throw error;
  }
}

/** The operand times a number. */
export function times(context: OperatorContext, operand: Operand, factor: number): Operand {
  if (factor === 1) return operand;
  return context.map(operand, binary('mul', theVariable, constant(factor)));
}

function zeros(context: OperatorContext, units: number): Operand {
  return context.floats(new Float32Array(units), [units]);
}

/** alpha * A' * B' + beta * C. */
export function gemmOf(context: OperatorContext): Operand {
  const [a, b] = [context.input(0), context.input(1)];
  context.floatOnly(a, b);
  if (a.type.shape.length !== 2 || b.type.shape.length !== 2)
    throw context.invalid('its operands must have 2 dimensions');
  const flags = { transposeA: context.int('transA', 0) !== 0, transposeB: context.int('transB', 0) !== 0 };
  const { columns: units } = geometryOf(context, a, b, flags);
  const alpha = context.float('alpha', 1);
  const beta = context.float('beta', 1);
  const c = context.optional(2);
  context.ignore('broadcast');
  const bias = c === null || beta === 0 ? null : times(context, c, beta);
  const result =
    b.tensor === null ? times(context, context.write({ type: 'matmul', attributes: flags }, [a, b]), alpha) : null;
  if (result !== null) return bias === null ? result : sameShape(context, context.zip('add', result, bias), result);
  const rows = flags.transposeA ? context.transpose(a, [1, 0]) : a;
  const weights = times(context, flags.transposeB ? b : context.transpose(b, [1, 0]), alpha);
  const isRow = bias?.tensor?.data.length === units && bias.type.shape.at(-1) === units;
  const row = bias !== null && isRow ? context.reshape(bias, [units]) : zeros(context, units);
  const sum = context.write(product, [rows, weights, row]);
  return bias === null || isRow ? sum : sameShape(context, context.zip('add', sum, bias), sum);
}

/** Gemm: alpha * A' * B' + beta * C. */
export const gemm: TranslateOperator = (context) => context.bind(gemmOf(context));

/** C broadcasts to the product, never the other way round. */
function sameShape(context: OperatorContext, sum: Operand, result: Operand): Operand {
  if (sum.type.shape.join() === result.type.shape.join()) return sum;
  throw context.invalid(`C does not broadcast to ${result.type.shape.join('x')}`);
}

/** The product by the rules of NumPy: vectors gain an axis, which the result loses again. */
export function matMulOf(context: OperatorContext, left: Operand, right: Operand, flags = plain): Operand {
  context.floatOnly(left, right);
  const [a, b] = [left.type.shape, right.type.shape];
  if (a.length === 0 || b.length === 0) throw context.invalid('its operands must not be scalars');
  const matrix = b.length === 1 ? context.reshape(right, [...b, 1]) : right;
  const rows = a.length === 1 ? context.reshape(left, [1, ...a]) : left;
  const result = matrixProduct(context, rows, matrix, {
    transposeA: flags.transposeA && a.length > 1,
    transposeB: flags.transposeB && b.length > 1,
  });
  const { shape } = result.type;
  const kept = a.length === 1 ? shape.toSpliced(-2, 1) : shape;
  return context.reshape(result, b.length === 1 ? kept.slice(0, -1) : kept);
}

export const matMul: TranslateOperator = (context) =>
  context.bind(matMulOf(context, context.input(0), context.input(1)));

/** com.microsoft FusedMatMul: alpha * A' * B', where a flag may also move the first axis behind the other leading ones. */
export const fusedMatMul: TranslateOperator = (context) => {
  const moved = (index: number, name: string) => {
    const operand = context.input(index);
    const rank = operand.type.shape.length;
    if (context.int(name, 0) === 0 || rank < 3) return operand;
    return context.transpose(operand, [...Array.from({ length: rank - 2 }, (_, i) => i + 1), 0, rank - 1]);
  };
  const flags = { transposeA: context.int('transA', 0) !== 0, transposeB: context.int('transB', 0) !== 0 };
  const [a, b] = [moved(0, 'transBatchA'), moved(1, 'transBatchB')];
  context.bind(times(context, matMulOf(context, a, b, flags), context.float('alpha', 1)));
};
