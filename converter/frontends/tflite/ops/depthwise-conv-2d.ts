import { dimension } from '../../../tensor/shape.ts';
import type { TranslateOperator } from '../context.ts';
import { fusedClamp } from './activation.ts';
import { biasOrZeros, convolutionWeights, isHybrid, windowOf } from './convolution.ts';

/** DEPTHWISE_CONV_2D: filter 1HWO. The multiplier follows from the shapes; the option is ignored, as in TFLite. */
export const depthwiseConv2d: TranslateOperator = (context) => {
  const options = context.options('DepthwiseConv2DOptions');
  const input = context.input(0);
  const weights = convolutionWeights(context, 1, 3);
  const { shape } = context.type(weights);
  if (shape.length !== 4) throw context.invalid(`the filter has ${shape.length} dimensions, expected 4 (1HWO)`);
  const window = windowOf(
    context,
    input,
    options,
    [dimension(shape, 1), dimension(shape, 2)],
    [options.dilation_h_factor, options.dilation_w_factor],
  );
  const clamp = fusedClamp(context, options.fused_activation_function);
  const hybrid = isHybrid(context) ? 'asymmetric' : 'none';
  const bias = biasOrZeros(context, 2, dimension(shape, 3), input, weights);
  context.output(0, { type: 'depthwise-conv-2d', attributes: { ...window, clamp, hybrid } }, [input, weights, bias]);
};
