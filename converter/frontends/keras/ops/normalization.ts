import { binary, constant, unary, theVariable as x } from '../../../ops/scalar-expression.ts';
import { dimension } from '../../../tensor/shape.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { JsonView } from '../../json-view.ts';
import { batchNormalization, scaleAndShift } from '../../nhwc-layers.ts';
import type { LayerContext, TranslateLayer } from '../context.ts';

/** An axis, or a list of axes. */
function axesOption(context: LayerContext, option: JsonView, rank: number): number[] {
  if (option.isNull) return [context.axis(-1, rank)];
  const values = option.items() === null ? [option.whole(-8, 8)] : option.wholes(-8, 8);
  return context.axes(values, rank);
}

const batchNorm: TranslateLayer = (context) => {
  const { input } = context;
  context.ignore(
    'momentum',
    'fused',
    'virtual_batch_size',
    'beta_init',
    'gamma_init',
    'synchronized',
    'renorm_momentum',
  );
  if (context.option('mode').wholeOr(0, 0) !== 0) throw context.unsupported('a mode other than 0', 'use mode 0');
  if (context.option('renorm').flag(false)) throw context.unsupported('renorm', 'train without it');
  const rank = input.type.shape.length;
  const [axis, ...more] = axesOption(context, context.option('axis'), rank);
  if (axis === undefined || more.length > 0) throw context.unsupported('several axes', 'use one axis');
  const [hasScale, hasCenter] = [context.option('scale').flag(true), context.option('center').flag(true)];
  const epsilon = context.option('epsilon').numberOr(1e-3);
  const tensors = context.weights(
    hasScale ? 'gamma' : null,
    hasCenter ? 'beta' : null,
    'moving_mean',
    'moving_variance',
  );
  const gamma = hasScale ? (tensors[0] ?? null) : null;
  const beta = hasCenter ? (tensors[hasScale ? 1 : 0] ?? null) : null;
  const [mean, variance] = tensors.slice(-2);
  if (mean === undefined || variance === undefined) throw context.invalid('it has no statistics');
  return batchNormalization(context, input, { gamma, beta, mean, variance }, epsilon, axis);
};

/** (x - mean) / sqrt(variance + epsilon) * gamma + beta with the mean and variance of each example over `axis`. */
const layerNorm: TranslateLayer = (context) => {
  const { input } = context;
  context.floatOnly(input);
  const { shape } = input.type;
  if (context.option('rms_scaling').flag(false)) throw context.unsupported('rms_scaling', 'leave it out');
  const axes = axesOption(context, context.option('axis'), shape.length);
  const [hasScale, hasCenter] = [context.option('scale').flag(true), context.option('center').flag(true)];
  const epsilon = context.option('epsilon').numberOr(1e-3);
  const tensors = hasScale || hasCenter ? context.weights(hasScale ? 'gamma' : null, hasCenter ? 'beta' : null) : [];
  const distance = context.zip('sub', input, context.reduce('mean', input, axes, true));
  const variance = context.reduce('mean', context.map(distance, unary('square', x)), axes, true);
  const factor = context.map(variance, unary('rsqrt', binary('add', x, constant(epsilon))));
  // A weight has one number for each place along the normalized axes.
  const wide = shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  const operand = (tensor: Tensor | undefined) => {
    if (tensor === undefined || tensor.data.length !== wide.reduce((product, size) => product * size, 1)) {
      throw context.invalid(`its weights do not fit the axes ${axes.join(', ')}`);
    }
    return context.floats(Array.from(tensor.data, Number), wide);
  };
  let result = context.zip('mul', distance, factor);
  if (hasScale) result = context.zip('mul', result, operand(tensors[0]));
  return hasCenter ? context.zip('add', result, operand(tensors[hasScale ? 1 : 0])) : result;
};

/** x * scale + offset. */
const rescaling: TranslateLayer = (context) => {
  const { input } = context;
  const [scale, offset] = [context.option('scale'), context.option('offset')];
  if (scale.items() !== null || offset.items() !== null) {
    const channels = dimension(input.type.shape, -1);
    const list = (option: JsonView, fallback: number) => {
      const values =
        option.items()?.map((item) => item.number()) ?? new Array<number>(channels).fill(option.numberOr(fallback));
      if (values.length !== channels) throw context.invalid(`it has ${values.length} factors for ${channels} channels`);
      return values;
    };
    context.floatOnly(input);
    return scaleAndShift(context, input, list(scale, 1), list(offset, 0), input.type.shape.length - 1);
  }
  const scaled = binary('mul', x, constant(scale.number()));
  return context.map(input, offset.numberOr(0) === 0 ? scaled : binary('add', scaled, constant(offset.number())));
};

/** Normalization: (x - mean) / max(sqrt(variance), 1e-7), from the options or as it was adapted to data. */
const normalization: TranslateLayer = (context) => {
  const { input } = context;
  context.floatOnly(input);
  const rank = input.type.shape.length;
  if (context.option('invert').flag(false)) throw context.unsupported('invert', 'leave it out');
  const axis = context.option('axis');
  const [given, givenVariance] = [context.option('mean'), context.option('variance')];
  const isScalar = axis.items()?.length === 0;
  const [place, ...more] = isScalar ? [rank - 1] : axesOption(context, axis, rank);
  if (place === undefined || more.length > 0 || axis.isNull)
    throw context.unsupported('axes other than one', 'use axis=-1');
  const stored = given.isNull ? adapted(context) : null;
  const list = (view: JsonView): number[] => view.items()?.flatMap(list) ?? [view.number()];
  const means = stored?.mean ?? list(given);
  const variances = stored?.variance ?? list(givenVariance);
  const channels = dimension(input.type.shape, place);
  const at = (values: readonly number[], i: number) => (values.length === 1 ? values[0] : values[i]) ?? Number.NaN;
  if (![1, channels].includes(means.length) || ![1, channels].includes(variances.length)) {
    throw context.invalid(`its statistics are not for ${channels} channels`);
  }
  const factors = Array.from({ length: channels }, (_, i) => 1 / Math.max(Math.sqrt(at(variances, i)), 1e-7));
  return scaleAndShift(
    context,
    input,
    factors,
    factors.map((factor, i) => -at(means, i) * factor),
    place,
  );
};

/** Statistics of an adapted layer; older versions keep a count of examples beside them. */
function adapted(context: LayerContext) {
  const [mean, variance] = context.weights('mean', 'variance', ...(context.weightCount > 2 ? ['count'] : []));
  return { mean: Array.from(mean?.data ?? [], Number), variance: Array.from(variance?.data ?? [], Number) };
}

export const normalizations: readonly (readonly [string, TranslateLayer])[] = [
  ['BatchNormalization', batchNorm],
  ['BatchNormalizationV1', batchNorm],
  ['LayerNormalization', layerNorm],
  ['Rescaling', rescaling],
  ['Normalization', normalization],
];
