import { dimension } from '../../../tensor/shape.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import {
  convolution,
  depthwiseConvolution,
  type Pair,
  samePadding,
  transposedConvolution,
  type WindowAttributes,
} from '../../nhwc-layers.ts';
import type { LayerContext, TranslateLayer } from '../context.ts';
import { onActivatedImage, paddingOption, pairOption, type Rank } from './window.ts';

interface Options {
  readonly window: WindowAttributes;
  readonly kernel: Pair;
  readonly hasBias: boolean;
}

function options(context: LayerContext, rank: Rank): Options {
  const one: Pair = [1, 1];
  const kernel = kernelSize(context, rank);
  const strides = pairOption(context, context.option('strides', 'subsample'), rank, one);
  const dilations = pairOption(context, context.option('dilation_rate', 'atrous_rate'), rank, one);
  const padding = paddingOption(context, rank, kernel, dilations);
  return { window: { strides, dilations, padding }, kernel, hasBias: context.option('use_bias', 'bias').flag(true) };
}

/** Keras 1 has nb_row and nb_col. */
function kernelSize(context: LayerContext, rank: Rank): Pair {
  const size = context.option('kernel_size');
  if (!size.isNull) return pairOption(context, size, rank, [1, 1]);
  if (rank === 1) return [1, context.option('filter_length').whole(1)];
  return [context.option('nb_row').whole(1), context.option('nb_col').whole(1)];
}

/** A stored kernel with height 1 in front where it is 1-D; its size must be the one that the options state. */
function plane(context: LayerContext, kernel: Tensor | undefined, rank: Rank, size: Pair): Tensor {
  const shape = rank === 1 && kernel?.type.shape.length === 3 ? [1, ...kernel.type.shape] : (kernel?.type.shape ?? []);
  if (kernel === undefined || shape.length !== 4 || shape[0] !== size[0] || shape[1] !== size[1]) {
    throw context.invalid(`its kernel ${kernel?.type.shape.join('x') ?? ''} does not fit the size ${size.join('x')}`);
  }
  return { type: { ...kernel.type, shape }, data: kernel.data };
}

/** Conv1D and Conv2D. */
function conv(rank: Rank): TranslateLayer {
  return (context) => {
    const { input } = context;
    const { window, kernel: size, hasBias } = options(context, rank);
    const groups = context.option('groups').wholeOr(1, 1);
    const filters = context.option('filters', 'nb_filter').whole(1);
    const [stored, bias] = context.weights('kernel', hasBias ? 'bias' : null);
    const kernel = plane(context, stored, rank, size);
    if (kernel.type.shape[3] !== filters) throw context.invalid(`its kernel is not for ${filters} filters`);
    return onActivatedImage(context, input, rank, (image) =>
      convolution(
        context,
        image,
        context.constant(kernel, 'kernel'),
        bias === undefined ? null : context.constant(bias, 'bias'),
        window,
        groups,
      ),
    );
  };
}

function depthwise(rank: Rank): TranslateLayer {
  return (context) => {
    const { input } = context;
    const { window, kernel: size, hasBias } = options(context, rank);
    context.ignore('depth_multiplier', 'filters', 'groups');
    const [stored, bias] = context.weights(context.hasWeights ? depthwiseRole(context) : null, hasBias ? 'bias' : null);
    const kernel = plane(context, stored, rank, size);
    return onActivatedImage(context, input, rank, (image) =>
      depthwiseConvolution(
        context,
        image,
        context.constant(kernel, 'kernel'),
        bias === undefined ? null : context.constant(bias, 'bias'),
        window,
      ),
    );
  };
}

/** Keras 3 calls the kernel of a DepthwiseConv `kernel`, older versions `depthwise_kernel`. */
function depthwiseRole(context: LayerContext): string {
  return context.roles.includes('depthwise_kernel') ? 'depthwise_kernel' : 'kernel';
}

/** A depthwise convolution, then one of 1x1 pixels. */
function separable(rank: Rank): TranslateLayer {
  return (context) => {
    const { input } = context;
    const { window, kernel: size, hasBias } = options(context, rank);
    context.ignore('depth_multiplier', 'filters', 'groups');
    const [first, second, bias] = context.weights('depthwise_kernel', 'pointwise_kernel', hasBias ? 'bias' : null);
    const kernel = plane(context, first, rank, size);
    const pointwise = plane(context, second, rank, [1, 1]);
    return onActivatedImage(context, input, rank, (image) => {
      const spread = depthwiseConvolution(context, image, context.constant(kernel, 'depthwise_kernel'), null, window);
      const one = { strides: [1, 1], dilations: [1, 1], padding: 'valid' } as const;
      const mixing = context.constant(pointwise, 'pointwise_kernel');
      return convolution(context, spread, mixing, bias === undefined ? null : context.constant(bias, 'bias'), one, 1);
    });
  };
}

/**
 * Conv2DTranspose: sizes as in Keras `deconv_output_length` without output_padding: `same` gives size * stride, `valid`
 * size * stride + max(kernel - stride, 0).
 */
const transposed: TranslateLayer = (context) => {
  const { input } = context;
  const { window, kernel: size, hasBias } = options(context, 2);
  context.ignore('filters', 'groups');
  if (!context.option('output_padding').isNull) throw context.unsupported('output_padding', 'leave it out');
  if (window.dilations.some((rate) => rate !== 1)) throw context.unsupported('dilations', 'use a dilation_rate of 1');
  const [stored, bias] = context.weights('kernel', hasBias ? 'bias' : null);
  const kernel = plane(context, stored, 2, size);
  return onActivatedImage(context, input, 2, (image) => {
    const axes = [0, 1].map((axis) => {
      const [length, stride, extent] = [
        dimension(image.type.shape, axis + 1),
        window.strides[axis] ?? 1,
        size[axis] ?? 1,
      ];
      const isSame = window.padding === 'same';
      const output = length * stride + (isSame ? 0 : Math.max(extent - stride, 0));
      return { output, before: isSame ? samePadding(output, extent, stride, 1)[0] : 0 };
    });
    const [rows, columns] = axes;
    if (rows === undefined || columns === undefined) throw context.invalid('it has no image');
    const output: Pair = [rows.output, columns.output];
    const operand = bias === undefined ? null : context.constant(bias, 'bias');
    return transposedConvolution(context, image, kernel, operand, window.strides, output, [
      rows.before,
      columns.before,
    ]);
  });
};

export const convolutions: readonly (readonly [string, TranslateLayer])[] = [
  ['Conv1D', conv(1)],
  ['Convolution1D', conv(1)],
  ['Conv2D', conv(2)],
  ['Convolution2D', conv(2)],
  ['DepthwiseConv1D', depthwise(1)],
  ['DepthwiseConv2D', depthwise(2)],
  ['SeparableConv1D', separable(1)],
  ['SeparableConv2D', separable(2)],
  ['SeparableConvolution2D', separable(2)],
  ['Conv2DTranspose', transposed],
];
