import { noClamp } from '../../../../ops/definition.ts';
import { binary, constant, theVariable, unary } from '../../../../ops/scalar-expression.ts';
import { dimension } from '../../../../tensor/shape.ts';
import type { Tensor } from '../../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { fromNhwc, planeWindow, readWindow, spatialOf, toNhwc } from '../windows/window.ts';
import { computedConvolution } from './conv-computed.ts';

/** Conv: 1-D and 2-D; weights [O, C/groups, ...]. Depthwise where every group has one input channel. */
export const conv: TranslateOperator = (context) => {
  const input = context.input(0);
  const weights = context.input(1);
  context.floatOnly(input, weights);
  const spatial = spatialOf(context, input);
  const { shape } = weights.type;
  if (shape.length !== spatial.length + 2) {
    throw context.invalid(`weights have ${shape.length} dimensions, the input has ${spatial.length + 2}`);
  }
  const kernel = context.ints('kernel_shape') ?? shape.slice(2);
  if (kernel.join() !== shape.slice(2).join()) {
    throw context.invalid(`kernel_shape ${kernel.join('x')} is not that of the weights ${shape.slice(2).join('x')}`);
  }
  const groups = context.int('group', 1);
  const channels = dimension(input.type.shape, 1);
  if (groups < 1 || dimension(shape, 1) * groups !== channels || dimension(shape, 0) % groups !== 0) {
    throw context.invalid(`group ${groups} does not fit ${channels} channels and weights ${shape.join('x')}`);
  }
  const fileWindow = readWindow(context, kernel, spatial);
  const given = context.optional(2);
  const outputs = dimension(shape, 0);
  if (weights.tensor === null) {
    const result = computedConvolution(context, input, weights, { window: fileWindow, groups });
    return context.bind(given === null ? result : addPerChannel(context, result, given));
  }
  const window = planeWindow(fileWindow);
  const isFixed = given !== null && given.tensor !== null;
  const bias = isFixed ? given : context.floats(new Float32Array(outputs), [outputs]);
  const common = { ...window, clamp: noClamp, hybrid: 'none' } as const;
  const isDepthwise = groups === channels && groups > 1;
  const result = context.write(
    isDepthwise
      ? { type: 'depthwise-conv-2d', attributes: common }
      : { type: 'conv-2d', attributes: { ...common, groups } },
    [toNhwc(context, input), isDepthwise ? depthwiseWeights(context, weights) : ohwi(context, weights), bias],
  );
  const sum = fromNhwc(context, result, spatial.length + 2);
  context.bind(given === null || isFixed ? sum : addPerChannel(context, sum, given));
};

/** Adds a computed bias [C] to [N,C,...]. */
function addPerChannel(context: OperatorContext, result: Operand, bias: Operand): Operand {
  const { shape } = result.type;
  if (bias.type.shape.join() !== String(shape[1])) throw context.invalid(`its bias has not ${shape[1]} elements`);
  return context.zip('add', result, context.reshape(bias, [dimension(shape, 1), ...shape.slice(2).fill(1)]));
}

/** [O,I,L] or [O,I,H,W] -> [O,H,W,I]. */
function ohwi(context: OperatorContext, weights: Operand): Operand {
  return context.transpose(asPlane(context, weights), [0, 2, 3, 1]);
}

/** [O,1,L] or [O,1,H,W] -> [1,H,W,O]. */
function depthwiseWeights(context: OperatorContext, weights: Operand): Operand {
  return context.transpose(asPlane(context, weights), [1, 2, 3, 0]);
}

function asPlane(context: OperatorContext, weights: Operand): Operand {
  const [o, i, ...kernel] = weights.type.shape;
  return kernel.length === 1 ? context.reshape(weights, [o ?? 1, i ?? 1, 1, ...kernel]) : weights;
}

/**
 * BatchNormalization with fixed statistics: x * a + b with a = scale / sqrt(variance + epsilon), b = bias - mean * a, computed in
 * double precision. `passes/fold-scale` takes them into a convolution before it.
 */
export const batchNormalization: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  context.ignore('momentum');
  const isTraining = context.int('training_mode', 0) !== 0 || context.int('is_test', context.opset < 7 ? 0 : 1) === 0;
  if (isTraining && input.tensor === null) {
    throw context.unsupported('training_mode is set', 'export the model for inference (model.eval())');
  }
  if (context.int('spatial', 1) !== 1) throw context.unsupported('spatial=0', 'use one statistic per channel');
  const epsilon = context.float('epsilon', Math.fround(1e-5));
  if ([1, 2, 3, 4].some((index) => context.input(index).tensor === null)) {
    context.bind(computedNormalization(context, input, epsilon));
    return;
  }
  const [scale, bias, storedMean, storedVariance] = [1, 2, 3, 4].map((index) => {
    const operand = context.input(index);
    context.floatOnly(operand);
    return context.constantOf(operand, ['scale', 'bias', 'mean', 'variance'][index - 1] ?? '').data as Float32Array;
  });
  const channels = input.type.shape[1] ?? 1;
  const own = isTraining && input.tensor !== null ? statistics(input.tensor, channels) : null;
  const [mean, variance] = own === null ? [storedMean, storedVariance] : own;
  const at = (list: ArrayLike<number> | undefined, c: number): number => {
    const value = list?.[c];
    if (value === undefined || list?.length !== channels)
      throw context.invalid(`its statistics are not those of ${channels} channels`);
    return value;
  };
  const factors = Array.from({ length: channels }, (_, c) => at(scale, c) / Math.sqrt(at(variance, c) + epsilon));
  const offsets = factors.map((factor, c) => at(bias, c) - at(mean, c) * factor);
  const shape = input.type.shape.slice(1).map((_, axis) => (axis === 0 ? channels : 1));
  const scaled = context.zip('mul', input, context.floats(factors, shape));
  context.bind(context.zip('add', scaled, context.floats(offsets, shape)));
};

/** (x - mean) / sqrt(variance + epsilon) * scale + bias, where some of them are computed at run time. */
function computedNormalization(context: OperatorContext, input: Operand, epsilon: number): Operand {
  const channels = input.type.shape[1] ?? 1;
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) => {
    const operand = context.input(index);
    context.floatOnly(operand);
    if (operand.type.shape.join() !== String(channels))
      throw context.invalid(`its statistics are not those of ${channels} channels`);
    return context.reshape(
      operand,
      input.type.shape.slice(1).map((_, axis) => (axis === 0 ? channels : 1)),
    );
  });
  if (!scale || !bias || !mean || !variance) return input;
  const root = context.map(variance, unary('rsqrt', binary('add', theVariable, constant(epsilon))));
  const centered = context.zip('sub', input, mean);
  return context.zip('add', context.zip('mul', centered, context.zip('mul', root, scale)), bias);
}

/** Mean and variance of each channel (axis 1) of a constant: how weights are standardized with a BatchNormalization in training mode. */
function statistics({ data, type }: Tensor, channels: number): [mean: Float64Array, variance: Float64Array] {
  const inner = type.shape.slice(2).reduce((product, size) => product * size, 1);
  const count = data.length / channels;
  const channelOf = (i: number) => Math.floor(i / inner) % channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  data.forEach((value: number | bigint, i: number) => {
    mean[channelOf(i)] = (mean[channelOf(i)] ?? 0) + Number(value) / count;
  });
  data.forEach((value: number | bigint, i: number) => {
    const distance = Number(value) - (mean[channelOf(i)] ?? 0);
    variance[channelOf(i)] = (variance[channelOf(i)] ?? 0) + (distance * distance) / count;
  });
  return [mean, variance];
}
