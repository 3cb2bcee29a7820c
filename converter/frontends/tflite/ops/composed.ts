import type { ValueId } from '../../../ir/graph.ts';
import { noClamp } from '../../../ops/definition.ts';
import { binary, constant, type ScalarExpression, theVariable, unary } from '../../../ops/scalar-expression.ts';
import { tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { narrow } from './indices.ts';

/** Operators that are said with several others. */

function requireFloat(context: OperatorContext): void {
  const { dtype } = context.type(context.input(0));
  if (dtype !== 'float32') throw context.unsupported(`the dtype ${dtype} is not supported here`, 'use float32');
}

/** L2_NORMALIZATION over the last axis: x / max(sqrt(sum x^2), 1e-6). TFLite `reference/l2normalization.h`. */
export const l2Normalization: TranslateOperator = (context) => {
  requireFloat(context);
  const { fused_activation_function: activation } = context.options('L2NormOptions');
  if (activation !== 'NONE')
    throw context.unsupported(`the fused activation ${activation} is not supported`, 'move it');
  const input = context.input(0);
  const type = context.type(input);
  if (type.shape.length === 0) throw context.invalid('a scalar has no axis to normalize');
  const { name } = context.outputTensor(0);
  const map = (expression: ScalarExpression, of: ValueId, stem: string) =>
    context.node({ type: 'map', attributes: { expression } }, [of], type, `${name}/${stem}`);
  const squares = map(unary('square', theVariable), input, 'squares');
  const axes = [type.shape.length - 1];
  const sum = context.node(
    { type: 'reduce', attributes: { kind: 'sum', axes, keepDims: true } },
    [squares],
    type,
    `${name}/sum`,
  );
  const norm = map(binary('max', unary('sqrt', theVariable), constant(1e-6)), sum, 'norm');
  context.output(0, { type: 'zip', attributes: { fn: 'div', clamp: noClamp } }, [input, norm]);
};

/** A POW of float32 with one of the constant exponents that are exact in simpler terms; false for any other. */
export function shortPower(context: OperatorContext): boolean {
  const { data } = context.builder.valueById(context.input(1));
  if (data === null || context.type(context.input(0)).dtype !== 'float32') return false;
  const exponents = new Set(Array.from(data, Number));
  const [exponent = Number.NaN] = exponents;
  const forms = new Map<number, ScalarExpression>([
    [2, unary('square', theVariable)],
    [1, theVariable],
    [0.5, unary('sqrt', theVariable)],
    [-0.5, unary('rsqrt', theVariable)],
    [-1, binary('div', constant(1), theVariable)],
  ]);
  const expression = forms.get(exponent);
  const spread = context.type(context.input(1)).shape.length > context.type(context.input(0)).shape.length;
  if (exponents.size !== 1 || expression === undefined || spread) return false;
  context.output(0, { type: 'map', attributes: { expression } }, [context.input(0)]);
  return true;
}

/** Reductions of bool: the larger or the smaller of 0 and 1. */
function logicalReduction(kind: 'max' | 'min'): TranslateOperator {
  return (context) => {
    const input = context.input(0);
    const { shape, dtype } = context.type(input);
    if (dtype !== 'bool') throw context.invalid(`it takes bool, not ${dtype}`);
    const axes = [...new Set(context.integers(1, 'the axes').map((axis) => (axis < 0 ? axis + shape.length : axis)))];
    if (axes.some((axis) => axis < 0 || axis >= shape.length)) {
      throw context.invalid(`axes [${axes.join(', ')}] do not exist in ${shape.length} dimensions`);
    }
    const { keep_dims: keepDims } = context.options('ReducerOptions');
    context.output(0, { type: 'reduce', attributes: { kind, axes: axes.sort((a, b) => a - b), keepDims } }, [input]);
  };
}

export const reduceAny = logicalReduction('max');
export const reduceAll = logicalReduction('min');

/** ONE_HOT: `on` where the index is the place along the new axis, `off` elsewhere. */
export const oneHot: TranslateOperator = (context) => {
  const indices = context.input(0);
  const { shape, dtype } = context.type(indices);
  if (!dtype.startsWith('int') && dtype !== 'uint8') throw context.invalid(`it takes whole numbers, not ${dtype}`);
  const [depth = 0] = context.integers(1, 'the depth');
  const { axis } = context.options('OneHotOptions');
  const position = axis < 0 ? axis + shape.length + 1 : axis;
  if (depth < 1 || depth > 2 ** 20 || position < 0 || position > shape.length) {
    throw context.invalid(`a depth of ${depth} along axis ${axis} does not fit ${shape.length} dimensions`);
  }
  const { name } = context.outputTensor(0);
  const along = Array.from({ length: shape.length + 1 }, (_, i) => (i === position ? depth : 1));
  const places = context.builder.constant(`${name}/places`, {
    type: tensorType('int32', along),
    data: Int32Array.from({ length: depth }, (_, i) => i),
  });
  const view = context.reshape(narrow(context, indices), shape.toSpliced(position, 0, 1));
  const op = { type: 'compare', attributes: { relation: 'equal' } } as const;
  const hit = context.node(op, [view, places], tensorType('bool', []), `${name}/hit`);
  context.output(0, { type: 'select', attributes: {} }, [hit, context.input(2), context.input(3)]);
};
