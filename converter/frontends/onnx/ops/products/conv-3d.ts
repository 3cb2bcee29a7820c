import { at, noClamp } from '../../../../ops/definition.ts';
import { dimension } from '../../../../tensor/shape.ts';
import type { TranslateOperator } from '../../context.ts';
import { sliceAlong } from '../movement/along-axis.ts';
import { planeWindow, readWindow } from '../windows/window.ts';
import { windowSizes } from '../windows/window-steps.ts';

/** More taps along the depth than this would make a program of unreasonable length. */
const deepest = 32;

/**
 * Conv of three spatial axes: the sum over the taps along the depth of 2-D convolutions, each of all planes that the tap reads at
 * once, as a batch.
 */
export const conv3d: TranslateOperator = (context) => {
  const [input, given] = [context.input(0), context.input(1)];
  context.floatOnly(input, given);
  const [n = 1, channels = 1, ...spatial] = input.type.shape;
  const [outputs = 1, depthOfWeights = 1, ...kernel] = given.type.shape;
  const groups = context.int('group', 1);
  if (kernel.length !== 3 || groups < 1 || depthOfWeights * groups !== channels || outputs % groups !== 0) {
    throw context.invalid(`group ${groups} and weights ${given.type.shape.join('x')} do not fit ${channels} channels`);
  }
  if ((context.ints('kernel_shape') ?? kernel).join() !== kernel.join())
    throw context.invalid('kernel_shape is not that of the weights');
  if (at(kernel, 0) > deepest)
    throw context.unsupported(`a kernel of depth ${at(kernel, 0)}`, `use a depth of at most ${deepest}`);
  const window = readWindow(context, kernel, spatial);
  const [depth = 0] = windowSizes(window, spatial);
  if (depth < 1) throw context.invalid('its window does not fit into its input');
  const inner = (list: readonly number[]) => list.slice(1);
  const { strides, dilations, before, after } = window;
  const flat = planeWindow({
    kernel: inner(kernel),
    ...{ strides: inner(strides), dilations: inner(dilations), before: inner(before), after: inner(after) },
  });
  const planes = context.transpose(input, [0, 2, 3, 4, 1]);
  const around = (count: number) => [0, count, 0, 0, 0];
  const pad = { before: around(at(before, 0)), after: around(at(after, 0)), value: 0 };
  const padded = context.write({ type: 'pad', attributes: pad }, [planes]);
  const weights = context.transpose(given, [2, 0, 3, 4, 1]);
  const zero = context.floats(new Float32Array(outputs), [outputs]);
  const parts = Array.from({ length: at(kernel, 0) }, (_, tap) => {
    const read = sliceAlong(context, padded, 1, tap * at(dilations, 0), depth, at(strides, 0));
    const [, , h = 1, w = 1, c = 1] = read.type.shape;
    const [, o = 1, kh = 1, kw = 1, per = 1] = weights.type.shape;
    const filter = context.reshape(sliceAlong(context, weights, 0, tap, 1, 1), [o, kh, kw, per]);
    const bias = tap === 0 ? (context.optional(2) ?? zero) : zero;
    const attributes = { ...flat, groups, clamp: noClamp, hybrid: 'none' } as const;
    return context.write({ type: 'conv-2d', attributes }, [context.reshape(read, [n * depth, h, w, c]), filter, bias]);
  });
  const sum = parts.reduce((a, b) => context.zip('add', a, b));
  const [, h = 1, w = 1] = sum.type.shape;
  const whole = context.reshape(sum, [n, depth, h, w, dimension(sum.type.shape, 3)]);
  context.bind(context.transpose(whole, [0, 4, 1, 2, 3]));
};
