import { binary, constant, type ScalarExpression, unary, theVariable as x } from '../../../../ops/scalar-expression.ts';
import { dimension, elementCount, shapesEqual } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';

/** Normalizations over axes of one inference, written out as reductions and elementwise operators. */

export function mean(context: OperatorContext, input: Operand, axes: readonly number[]): Operand {
  return context.write({ type: 'reduce', attributes: { kind: 'mean', axes, keepDims: true } }, [input]);
}

/** 1 / sqrt(x + epsilon). */
export const inverseRoot = (epsilon: number): ScalarExpression => unary('rsqrt', binary('add', x, constant(epsilon)));

export interface Normalized {
  readonly result: Operand;
  readonly center: Operand;
  readonly factor: Operand;
}

/** (x - mean) / sqrt(variance + epsilon) over `axes`. */
export function normalize(
  context: OperatorContext,
  input: Operand,
  axes: readonly number[],
  epsilon: number,
): Normalized {
  const center = mean(context, input, axes);
  const distance = context.zip('sub', input, center);
  const variance = mean(context, context.map(distance, unary('square', x)), axes);
  const factor = context.map(variance, inverseRoot(epsilon));
  return { result: context.zip('mul', distance, factor), center, factor };
}

/** Scale and bias broadcast to the input, never the other way round. */
export function ofShape(context: OperatorContext, result: Operand, { type }: Operand): Operand {
  if (shapesEqual(result.type.shape, type.shape)) return result;
  throw context.invalid('its scale or bias does not broadcast to the input');
}

const layerNormalization: TranslateOperator = (context) => {
  const [input, scale] = [context.input(0), context.input(1)];
  context.floatOnly(input, scale);
  if (context.int('stash_type', 1) !== 1) throw context.unsupported('stash_type other than float32', 'use 1');
  const rank = input.type.shape.length;
  const axes = [...input.type.shape.keys()].slice(context.axis(context.int('axis', -1), rank));
  const { result, center, factor } = normalize(context, input, axes, context.float('epsilon', 1e-5));
  const scaled = context.zip('mul', result, scale);
  const bias = context.optional(2);
  context.bind(ofShape(context, bias === null ? scaled : context.zip('add', scaled, bias), input));
  context.bind(center, 1);
  context.bind(factor, 2);
};

/** x / sqrt(mean(x²) + epsilon) * scale. */
const rmsNormalization: TranslateOperator = (context) => {
  const [input, scale] = [context.input(0), context.input(1)];
  context.floatOnly(input, scale);
  if (context.int('stash_type', 1) !== 1) throw context.unsupported('stash_type other than float32', 'use 1');
  const axes = [...input.type.shape.keys()].slice(context.axis(context.int('axis', -1), input.type.shape.length));
  const power = mean(context, context.map(input, unary('square', x)), axes);
  const factor = context.map(power, inverseRoot(context.float('epsilon', 1e-5)));
  context.bind(ofShape(context, context.zip('mul', context.zip('mul', input, factor), scale), input));
};

/** Over all axes behind the channels; scale and bias per channel. */
const instanceNormalization: TranslateOperator = (context) => {
  const [input, scale, bias] = [context.input(0), context.input(1), context.input(2)];
  context.floatOnly(input, scale, bias);
  const { shape } = input.type;
  const axes = [...shape.keys()].slice(2);
  const { result } = normalize(context, input, axes, context.float('epsilon', 1e-5));
  const perChannel = (operand: Operand) => context.reshape(operand, [dimension(shape, 1), ...axes.map(() => 1)]);
  context.bind(context.zip('add', context.zip('mul', result, perChannel(scale)), perChannel(bias)));
};

/** Over groups of channels; scale and bias per channel (per group before operator set 21). */
const groupNormalization: TranslateOperator = (context) => {
  const [input, scale, bias] = [context.input(0), context.input(1), context.input(2)];
  context.floatOnly(input, scale, bias);
  if (context.int('stash_type', 1) !== 1) throw context.unsupported('stash_type other than float32', 'use 1');
  const { shape } = input.type;
  const groups = context.int('num_groups', 1);
  const channels = dimension(shape, 1);
  if (groups < 1 || channels % groups !== 0) throw context.invalid(`${channels} channels do not form ${groups} groups`);
  const rows = dimension(shape, 0);
  const flat = context.reshape(input, [rows, groups, elementCount(shape) / (rows * groups)]);
  const { result } = normalize(context, flat, [2], context.float('epsilon', 1e-5));
  const perGroup = context.opset < 21;
  const affine = (value: Operand, factor: Operand, offset: Operand, ones: readonly number[]) => {
    const wide = (operand: Operand) => context.reshape(operand, [elementCount(operand.type.shape), ...ones]);
    return context.zip('add', context.zip('mul', value, wide(factor)), wide(offset));
  };
  if (perGroup) context.bind(context.reshape(affine(result, scale, bias, [1]), shape));
  else context.bind(affine(context.reshape(result, shape), scale, bias, shape.slice(2).fill(1)));
};

export const normalizations: readonly (readonly [string, TranslateOperator])[] = [
  ['LayerNormalization', layerNormalization],
  ['RMSNormalization', rmsNormalization],
  ['SimplifiedLayerNormalization', rmsNormalization],
  ['InstanceNormalization', instanceNormalization],
  ['GroupNormalization', groupNormalization],
];
