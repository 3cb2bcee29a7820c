import { at, noClamp } from '../../../../ops/definition.ts';
import { dimension, type Shape } from '../../../../tensor/shape.ts';
import { type Phase, phasesOf, type TransposedAxis } from '../../../transposed-window.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { boxOf, concatenated } from '../movement/along-axis.ts';
import { counts, fromNhwc, spatialOf, toNhwc } from '../windows/window.ts';
import { computedConvolution } from './conv-computed.ts';

/**
 * ConvTranspose, 1-D and 2-D; weights [C, O/groups, ...]. Each phase of the output is a convolution of its own (`phasesOf`);
 * their results are interleaved. Phases of equal windows are one convolution of as many more channels.
 */
export const convTranspose: TranslateOperator = (context) => {
  const [input, given] = [context.input(0), context.input(1)];
  context.floatOnly(input, given);
  const rank = input.type.shape.length;
  const spatial = spatialOf(context, input);
  const groups = context.int('group', 1);
  const channels = dimension(input.type.shape, 1);
  const fits = given.type.shape.length === rank && dimension(given.type.shape, 0) === channels;
  if (!fits || groups < 1 || channels % groups !== 0) {
    throw context.invalid(`weights ${given.type.shape.join('x')} and group ${groups} do not fit ${channels} channels`);
  }
  const kernel = given.type.shape.slice(2);
  if ((context.ints('kernel_shape') ?? kernel).join() !== kernel.join())
    throw context.invalid('kernel_shape is not that of the weights');
  const axes = readAxes(context, kernel, spatial);
  const [rows, columns] = axes.length === 1 ? [alone, at(axes, 0)] : [at(axes, 0), at(axes, 1)];
  const weights = filters(context, given, groups);
  const outputs = dimension(weights.type.shape, 0);
  const bias = context.optional(2) ?? context.floats(new Float32Array(outputs), [outputs]);
  const result = transposed(context, toNhwc(context, input), weights, bias, groups, rows, columns);
  context.bind(fromNhwc(context, result, rank));
};

/** An axis of one element that stays as it is. */
const alone: TransposedAxis = { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, pad: 0 };

/** Sizes and padding as operator ConvTranspose of the ONNX specification computes them. */
export function readAxes(context: OperatorContext, kernel: readonly number[], spatial: Shape): TransposedAxis[] {
  const rank = spatial.length;
  const strides = counts(context, 'strides', rank);
  const dilations = counts(context, 'dilations', rank);
  const more = context.ints('output_padding') ?? new Array<number>(rank).fill(0);
  const pads = context.ints('pads') ?? new Array<number>(2 * rank).fill(0);
  const autoPad = context.string('auto_pad', 'NOTSET');
  const wanted = context.ints('output_shape')?.slice(-rank) ?? null;
  if (more.length !== rank || pads.length !== 2 * rank || (wanted !== null && wanted.length !== rank)) {
    throw context.invalid(`output_padding, pads or output_shape do not fit ${rank} spatial axes`);
  }
  if (!['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'].includes(autoPad))
    throw context.invalid(`auto_pad ${autoPad} is not known`);
  return spatial.map((input, axis) => {
    const [stride, dilation, size] = [at(strides, axis), at(dilations, axis), at(kernel, axis)];
    const full = (input - 1) * stride + at(more, axis) + (size - 1) * dilation + 1;
    const isSame = autoPad.startsWith('SAME');
    const target = wanted === null ? (isSame ? input * stride : null) : at(wanted, axis);
    const total = Math.max(0, full - (target ?? full));
    const less = Math.floor(total / 2);
    const given = autoPad === 'NOTSET' ? [at(pads, axis), at(pads, axis + rank)] : [0, 0];
    const [start = 0, end = 0] =
      target === null ? given : autoPad === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
    const output = target ?? full - start - end;
    if (output < 1 || start < 0 || output > 2 ** 24) throw context.invalid(`its output has ${output} rows or columns`);
    return { input, output, kernel: size, stride, dilation, pad: start };
  });
}

/** [C, O/groups, ...] -> [O,H,W,C/groups]. */
function filters(context: OperatorContext, weights: Operand, groups: number): Operand {
  const [channels = 1, outputs = 1, ...kernel] = weights.type.shape;
  const [h = 1, w = 1] = kernel.length === 1 ? [1, ...kernel] : kernel;
  const split = context.reshape(weights, [groups, channels / groups, outputs, h, w]);
  const turned = context.transpose(split, [0, 2, 3, 4, 1]);
  return context.reshape(turned, [groups * outputs, h, w, channels / groups]);
}

/** The transposed convolution of NHWC data with weights [O,H,W,C/groups]. */
export function transposed(
  context: OperatorContext,
  input: Operand,
  weights: Operand,
  bias: Operand,
  groups: number,
  rows: TransposedAxis,
  columns: TransposedAxis,
): Operand {
  const [down, across] = [phasesOf(rows), phasesOf(columns)];
  const outputs = dimension(weights.type.shape, 0);
  const pairs = down.phases.flatMap((y) => across.phases.map((x) => ({ y, x })));
  if (pairs.length > mostPhases) {
    throw context.unsupported(`strides ${rows.stride}x${columns.stride}`, `their product may be ${mostPhases}`);
  }
  const isOne = groups === 1 && [down.phases, across.phases].every(alike);
  const parts = isOne
    ? [pairs]
    : pairs.map((pair) => {
        return [pair];
      });
  const results = parts.map((part) => {
    const [{ y, x } = { y: at(down.phases, 0), x: at(across.phases, 0) }] = part;
    const taps = part.map((pair) => pickTaps(context, weights, pair.y, pair.x));
    const stacked = concatenated(context, taps, 0);
    const biases = concatenated(context, new Array<Operand>(part.length).fill(bias), 0);
    return phase(context, input, stacked, biases, groups, y, x);
  });
  const all = concatenated(context, results, 3);
  const batch = dimension(input.type.shape, 0);
  const [strideH, strideW] = [rows.stride, columns.stride];
  const wide = context.reshape(all, [batch, down.rows, across.rows, strideH, strideW, outputs]);
  const woven = context.transpose(wide, [0, 1, 3, 2, 4, 5]);
  const whole = context.reshape(woven, [batch, down.rows * strideH, across.rows * strideW, outputs]);
  return cut(context, whole, [0, down.crop, across.crop, 0], [batch, rows.output, columns.output, outputs]);
}

const mostPhases = 1024;

/** Whether one window does for all phases. */
function alike([first, ...others]: readonly Phase[]): boolean {
  return others.every((phase) => {
    return (
      first !== undefined &&
      phase.taps.length === first.taps.length &&
      phase.before === first.before &&
      phase.after === first.after
    );
  });
}

/** The weights of one phase, backwards; a single 0 where it has none. */
function pickTaps(context: OperatorContext, weights: Operand, y: Phase, x: Phase): Operand {
  const [outputs = 1, , , depth = 1] = weights.type.shape;
  if (y.taps.length === 0 || x.taps.length === 0) {
    return context.floats(new Float32Array(outputs * depth), [outputs, 1, 1, depth]);
  }
  const step = ({ taps }: Phase) => (taps.length === 1 ? 1 : at(taps, 1) - at(taps, 0));
  const attributes = {
    begin: [0, at(y.taps, 0), at(x.taps, 0), 0],
    size: [outputs, y.taps.length, x.taps.length, depth],
    strides: [1, step(y), step(x), 1],
  };
  return context.write({ type: 'slice', attributes }, [weights]);
}

function phase(
  context: OperatorContext,
  input: Operand,
  weights: Operand,
  bias: Operand,
  groups: number,
  y: Phase,
  x: Phase,
): Operand {
  const [n = 1, h = 1, w = 1, c = 1] = input.type.shape;
  const over = (count: number) => Math.max(0, -count);
  const begin = [0, over(y.before), over(x.before), 0];
  const size = [n, h - over(y.before) - over(y.after), w - over(x.before) - over(x.after), c];
  const padding = {
    ...{ top: Math.max(0, y.before), left: Math.max(0, x.before) },
    ...{ bottom: Math.max(0, y.after), right: Math.max(0, x.after) },
  };
  const [, kernelH = 1, kernelW = 1] = weights.type.shape;
  const dilations = [kernelH === 1 ? 1 : y.dilation, kernelW === 1 ? 1 : x.dilation] as const;
  const common = { strides: [1, 1], dilations, padding, clamp: noClamp, hybrid: 'none' } as const;
  const part = cut(context, input, begin, size);
  if (weights.tensor === null) {
    const window = {
      ...{ kernel: [kernelH, kernelW], strides: [1, 1], dilations },
      ...{ before: [padding.top, padding.left], after: [padding.bottom, padding.right] },
    };
    const asFile = (operand: Operand) => context.transpose(operand, [0, 3, 1, 2]);
    const result = computedConvolution(context, asFile(part), asFile(weights), { window, groups });
    return context.zip('add', context.transpose(result, [0, 2, 3, 1]), bias);
  }
  const isDepthwise = groups === c && groups > 1;
  if (!isDepthwise) return context.write({ type: 'conv-2d', attributes: { ...common, groups } }, [part, weights, bias]);
  const depthwise = context.transpose(weights, [3, 1, 2, 0]);
  return context.write({ type: 'depthwise-conv-2d', attributes: common }, [part, depthwise, bias]);
}

function cut(context: OperatorContext, input: Operand, begin: readonly number[], size: Shape): Operand {
  if (size.some((count) => count < 1)) throw context.unsupported('parts of the output see no input', 'pad it by less');
  return boxOf(context, input, begin, size);
}
