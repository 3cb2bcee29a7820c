import type { HybridMode } from '../../../ops/hybrid.ts';
import { dimension } from '../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { fusedClamp } from './activation.ts';
import { biasOrZeros, convolutionWeights, isHybrid, windowOf } from './convolution.ts';

/** CONV_2D: filter OHWI; grouped where the filter has fewer channels than the input. */
export const conv2d: TranslateOperator = (context) => {
  const options = context.options('Conv2DOptions');
  const input = context.input(0);
  const weights = convolutionWeights(context, 1, 0);
  const { shape } = context.type(weights);
  if (shape.length !== 4) throw context.invalid(`the filter has ${shape.length} dimensions, expected 4 (OHWI)`);
  const window = windowOf(
    context,
    input,
    options,
    [dimension(shape, 1), dimension(shape, 2)],
    [options.dilation_h_factor, options.dilation_w_factor],
  );
  const groups = dimension(context.type(input).shape, 3) / dimension(shape, 3);
  if (!Number.isInteger(groups) || groups < 1) {
    throw context.invalid(
      `input channels ${dimension(context.type(input).shape, 3)} must be a multiple of filter channels ${dimension(shape, 3)}`,
    );
  }
  const clamp = fusedClamp(context, options.fused_activation_function);
  const hybrid = hybridMode(context);
  const bias = biasOrZeros(context, 2, dimension(shape, 0), input, weights);
  context.output(0, { type: 'conv-2d', attributes: { ...window, groups, clamp, hybrid } }, [input, weights, bias]);
};

/** The hybrid kernel keeps a zero point only when the weights have a scale per channel. */
function hybridMode(context: OperatorContext): HybridMode {
  if (!isHybrid(context)) return 'none';
  return context.type(context.input(1)).quantization.kind === 'per-channel' ? 'asymmetric' : 'symmetric';
}
