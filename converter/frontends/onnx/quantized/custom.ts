import { binary, constant, type ScalarExpression, unary, theVariable as x } from '../../../ops/scalar-expression.ts';
import { elementCount } from '../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import type { Operand } from '../writer.ts';

/** Operators of quantization-aware training (QONNX: arXiv 2206.07527, section 3, and the documents of qonnx.custom_op.general). */

function scalar(context: OperatorContext, index: number, role: string): number {
  const { data } = context.constant(index, role);
  if (data.length !== 1) throw context.unsupported(`${role} has ${data.length} elements`, 'use one number');
  return Number(data[0]);
}

/** Quant: (round(clamp(x / scale + zero)) - zero) * scale with the range of integers of `bitwidth` bits. */
const quant: TranslateOperator = (context) => {
  const [input, scale] = [context.input(0), context.input(1)];
  context.floatOnly(input, scale);
  const zero = scalar(context, 2, 'the zero point');
  const bits = scalar(context, 3, 'the bit width');
  const isSigned = context.int('signed', 1) !== 0;
  const isNarrow = context.int('narrow', 0) !== 0;
  const rounding = context.string('rounding_mode', 'ROUND');
  const { low, high } = range(bits, isSigned, isNarrow);
  const shifted = zero === 0 ? x : binary('add', x, constant(zero));
  const clamped = binary('min', binary('max', shifted, constant(low)), constant(high));
  const steps = rounded(context, rounding, clamped);
  const centred = zero === 0 ? steps : binary('sub', steps, constant(zero));
  scaled(context, input, scale, centred);
};

/** x / scale, a function of it, and back. */
function scaled(context: OperatorContext, input: Operand, scale: Operand, f: ScalarExpression): void {
  if (
    scale.tensor !== null &&
    elementCount(scale.type.shape) === 1 &&
    scale.type.shape.length <= input.type.shape.length
  ) {
    const step = constant(Number(scale.tensor.data[0]));
    const inner = replaceVariable(f, binary('div', x, step));
    context.bind(context.map(input, binary('mul', inner, step)));
    return;
  }
  context.bind(context.zip('mul', context.map(context.zip('div', input, scale), f), scale));
}

function replaceVariable(f: ScalarExpression, by: ScalarExpression): ScalarExpression {
  if (f.kind === 'x') return by;
  if (f.kind === 'unary') return { ...f, of: replaceVariable(f.of, by) };
  return f.kind === 'binary' ? { ...f, a: replaceVariable(f.a, by), b: replaceVariable(f.b, by) } : f;
}

/** The narrow range leaves out the smallest signed, or the largest unsigned integer. */
function range(bits: number, isSigned: boolean, isNarrow: boolean): { low: number; high: number } {
  if (!isSigned) return { low: 0, high: 2 ** bits - (isNarrow ? 2 : 1) };
  return { low: -(2 ** (bits - 1)) + (isNarrow ? 1 : 0), high: 2 ** (bits - 1) - 1 };
}

function rounded(context: OperatorContext, mode: string, of: ScalarExpression): ScalarExpression {
  switch (mode.toUpperCase()) {
    case 'ROUND':
    case 'HALF_EVEN':
      return unary('round', of);
    case 'FLOOR':
      return unary('floor', of);
    case 'CEIL':
      return unary('ceil', of);
    default:
      throw context.unsupported(`rounding_mode=${mode}`, 'use ROUND, FLOOR or CEIL');
  }
}

/** BipolarQuant: scale where x >= 0, else -scale. */
const bipolarQuant: TranslateOperator = (context) => {
  const [input, scale] = [context.input(0), context.input(1)];
  context.floatOnly(input, scale);
  const isNegative = unary('floor', binary('min', binary('max', x, constant(-1)), constant(0)));
  scaled(context, input, scale, binary('add', binary('mul', constant(2), isNegative), constant(1)));
};

const trainingDomains = ['onnx.brevitas', 'qonnx.custom_op.general', 'finn.custom_op.general'];

export const trainingOperators: readonly (readonly [string, TranslateOperator])[] = [
  ...trainingDomains.flatMap((domain): [string, TranslateOperator][] => [
    [`${domain}:Quant`, quant],
    [`${domain}:BipolarQuant`, bipolarQuant],
  ]),
];
