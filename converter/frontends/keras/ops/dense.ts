import { dataAs, type Tensor } from '../../../tensor/tensor.ts';
import { dense as product } from '../../nhwc-layers.ts';
import type { LayerContext, TranslateLayer } from '../context.ts';
import { applyActivation } from './activation.ts';

/** What a layer does to its kernel before it uses it. */
type Weights = (context: LayerContext, kernel: Tensor) => Tensor;

/** Dense: the last axis times the kernel. */
function dense(prepare: Weights): TranslateLayer {
  return (context) => {
    const { input } = context;
    const hasBias = context.option('use_bias', 'bias').flag(true);
    const units = context.option('units', 'output_dim').whole(1);
    const [kernel, bias] = context.weights('kernel', hasBias ? 'bias' : null);
    if (kernel === undefined || kernel.type.shape[1] !== units)
      throw context.invalid(`its kernel is not for ${units} units`);
    const weights = context.constant(prepare(context, kernel), 'kernel');
    const result = product(context, input, weights, bias === undefined ? null : context.constant(bias, 'bias'));
    return applyActivation(context, result, context.option('activation'));
  };
}

/** H of the layers of nn_playground; "Glorot" makes it depend on the sizes. */
function scaleOf(context: LayerContext): number {
  const scale = context.option('H');
  if (typeof scale.value === 'number' || scale.isNull) return scale.numberOr(1);
  throw context.unsupported(`H is ${JSON.stringify(scale.value)}`, 'use a number');
}

/**
 * BinaryDense of nn_playground and the hls4ml examples: H for positive weights, -H for negative ones. Versions differ in what a
 * weight of 0 becomes, so there must be none.
 */
function binary(context: LayerContext, kernel: Tensor): Tensor {
  const scale = scaleOf(context);
  const data = dataAs(kernel, 'float32').map((weight) => {
    if (!(Math.abs(weight / scale) > 2 ** -22)) {
      throw context.unsupported(
        'it has weights of 0, whose sign is not certain',
        'train it further, or use Dense with weights of 1 and -1',
      );
    }
    return weight / scale > 0 ? scale : -scale;
  });
  return { type: kernel.type, data };
}

/** TernaryDense: H above H / 2, -H at or below -H / 2, else 0. */
function ternary(context: LayerContext, kernel: Tensor): Tensor {
  const scale = scaleOf(context);
  const data = dataAs(kernel, 'float32').map((weight) => {
    const ratio = Math.fround(weight / scale);
    return ratio > 0.5 ? scale : ratio <= -0.5 ? -scale : 0;
  });
  return { type: kernel.type, data };
}

/** Embedding: rows of a table by indices; real numbers lose their fraction first. */
const embedding: TranslateLayer = (context) => {
  const { input } = context;
  if (context.option('mask_zero').flag(false)) throw context.unsupported('mask_zero', 'use mask_zero=False');
  context.ignore('input_dim', 'output_dim', 'input_length');
  const [table] = context.weights('embeddings');
  if (table === undefined || table.type.shape.length !== 2) throw context.invalid('its table has not 2 dimensions');
  const indices =
    input.type.dtype === 'int32' ? input : context.write({ type: 'cast', attributes: {} }, [input], 'int32');
  const places = context.reshape(indices, [...input.type.shape, 1]);
  return context.write({ type: 'gather', attributes: { axis: 0, count: 1 } }, [
    context.constant(table, 'embeddings'),
    places,
  ]);
};

export const denses: readonly (readonly [string, TranslateLayer])[] = [
  ['Dense', dense((_, kernel) => kernel)],
  ['BinaryDense', dense(binary)],
  ['TernaryDense', dense(ternary)],
  ['Embedding', embedding],
];
