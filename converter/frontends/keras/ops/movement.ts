import { dimension, elementCount } from '../../../tensor/shape.ts';
import type { Operand } from '../../graph-writer.ts';
import type { JsonView } from '../../json-view.ts';
import { flatten as flattened, type Pair, repeatPixels } from '../../nhwc-layers.ts';
import type { LayerContext, TranslateLayer } from '../context.ts';
import { channelsFirst, onImage, pairOption, type Rank } from './window.ts';

/** The input unchanged: layers that act in training only. */
const identity: TranslateLayer = (context) => {
  context.ignore('rate', 'p', 'stddev', 'sigma', 'l1', 'l2', 'data_format', 'dim_ordering');
  return context.input;
};

const flatten: TranslateLayer = (context) => {
  const { input } = context;
  const rank = input.type.shape.length;
  const last = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
  return flattened(context, channelsFirst(context) && rank > 2 ? context.transpose(input, last) : input);
};

/** The target is without the batch; one -1 takes what is left. */
const reshape: TranslateLayer = (context) => {
  const { input } = context;
  const batch = dimension(input.type.shape, 0);
  const target = context.option('target_shape', 'dims').wholes(-1);
  const rest = elementCount(target.filter((size) => size !== -1));
  const left = elementCount(input.type.shape) / batch / rest;
  if (target.filter((size) => size === -1).length > 1 || target.includes(0) || !Number.isInteger(left)) {
    throw context.invalid(`its target shape ${target.join('x')} does not fit ${input.type.shape.join('x')}`);
  }
  return context.reshape(input, [batch, ...target.map((size) => (size === -1 ? left : size))]);
};

/** Axes count from 1, the batch stays in front. */
const permute: TranslateLayer = (context) => {
  const { input } = context;
  const permutation = [0, ...context.option('dims').wholes(1)];
  const isOrder = permutation.length === input.type.shape.length && new Set(permutation).size === permutation.length;
  if (!isOrder || permutation.some((axis) => axis >= permutation.length))
    throw context.invalid('its dims are no order of the axes');
  return context.transpose(input, permutation);
};

const repeatVector: TranslateLayer = (context) => {
  const { input } = context;
  const count = context.option('n').whole(1, 2 ** 20);
  const [batch = 1, size = 1, ...more] = input.type.shape;
  if (more.length > 0) throw context.invalid('its input has more than 2 dimensions');
  const attributes = { begin: [0, 0, 0], size: [batch, count, size], strides: [1, 0, 1] };
  return context.write({ type: 'slice', attributes }, [context.reshape(input, [batch, 1, size])]);
};

/** Elements before and after each spatial axis: n, [n, m] or [[before, after], ...]; for 1-D n or [before, after]. */
function borders(context: LayerContext, option: JsonView, rank: Rank): Pair[] {
  if (option.items() === null) return new Array<Pair>(rank).fill([option.whole(0), option.whole(0)]);
  const pair = (view: JsonView): Pair => {
    const values = view.items() === null ? [view.whole(0), view.whole(0)] : view.wholes(0);
    if (values.length !== 2) throw context.invalid(`${view.where} should have 2 numbers`);
    return [values[0] ?? 0, values[1] ?? 0];
  };
  if (rank === 1) return [pair(option.items()?.length === 1 ? (option.list()[0] ?? option) : option)];
  const pairs = option.list().map(pair);
  if (pairs.length !== rank) throw context.invalid(`${option.where} should have ${rank} entries`);
  return pairs;
}

const imageAxes = (pairs: readonly Pair[]): readonly Pair[] => (pairs.length === 1 ? [[0, 0], ...pairs] : pairs);

function zeroPadding(rank: Rank): TranslateLayer {
  return (context) => {
    const pairs = imageAxes(borders(context, context.option('padding'), rank));
    const side = (i: 0 | 1) => [0, ...pairs.map((pair) => pair[i]), 0];
    return onImage(context, context.input, rank, (image) =>
      context.write({ type: 'pad', attributes: { before: side(0), after: side(1), value: 0 } }, [image]),
    );
  };
}

function cropping(rank: Rank): TranslateLayer {
  return (context) => {
    const pairs = imageAxes(borders(context, context.option('cropping'), rank));
    return onImage(context, context.input, rank, (image) => {
      const { shape } = image.type;
      const size = shape.map((length, axis) => length - (pairs[axis - 1]?.[0] ?? 0) - (pairs[axis - 1]?.[1] ?? 0));
      if (size.some((length) => length < 1)) throw context.invalid('it leaves nothing of its input');
      const begin = shape.map((_, axis) => pairs[axis - 1]?.[0] ?? 0);
      return context.write({ type: 'slice', attributes: { begin, size, strides: [1, 1, 1, 1] } }, [image]);
    });
  };
}

function upSampling(rank: Rank): TranslateLayer {
  return (context) => {
    const factors = pairOption(context, context.option('size', 'length'), rank, rank === 1 ? [1, 2] : [2, 2]);
    const interpolation = context.option('interpolation').textOr('nearest');
    return onImage(context, context.input, rank, (image) => {
      if (interpolation === 'nearest') return repeatPixels(context, image, factors);
      if (interpolation === 'bilinear') return bilinear(context, image, factors);
      throw context.unsupported(`the interpolation ${interpolation}`, 'use nearest or bilinear');
    });
  };
}

/** Pixel centres lie at halves since TensorFlow 2. */
function bilinear(context: LayerContext, image: Operand, factors: Pair): Operand {
  const { version } = context;
  if (version === null || version[0] < 2 || (version[0] === 2 && version[1] < 3)) {
    throw context.unsupported(
      'bilinear interpolation of a version before Keras 2.3 has other pixel centres',
      'save the model with a newer version',
    );
  }
  const [height, width] = [dimension(image.type.shape, 1) * factors[0], dimension(image.type.shape, 2) * factors[1]];
  if (!(height <= 2 ** 20 && width <= 2 ** 20))
    throw context.invalid(`its result would have ${height}x${width} pixels`);
  const attributes = { height, width, alignCorners: false, halfPixelCenters: true, integers: 'fixed' as const };
  return context.write({ type: 'resize-bilinear', attributes }, [image]);
}

const idle = [
  'Dropout',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'ActivityRegularization',
  'Identity',
];

export const movements: readonly (readonly [string, TranslateLayer])[] = [
  ...idle.map((name) => [name, identity] as const),
  ['Flatten', flatten],
  ['Reshape', reshape],
  ['Permute', permute],
  ['RepeatVector', repeatVector],
  ['ZeroPadding1D', zeroPadding(1)],
  ['ZeroPadding2D', zeroPadding(2)],
  ['Cropping1D', cropping(1)],
  ['Cropping2D', cropping(2)],
  ['UpSampling1D', upSampling(1)],
  ['UpSampling2D', upSampling(2)],
];
