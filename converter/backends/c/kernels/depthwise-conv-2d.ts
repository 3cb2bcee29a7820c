import { at } from '../../../ops/definition.ts';
import { arithmeticOf } from '../../kernel.ts';
import { floatConvolution } from '../float/convolution.ts';
import { four, geometryOf } from '../geometry.ts';
import { hybridConvolution, hybridScratchBytes } from '../hybrid/convolution.ts';
import { integerConvolution } from '../integer/convolution.ts';
import { integerDepthwise } from '../integer/depthwise.ts';
import { int16Convolution } from '../integer/int16.ts';
import { productProblem } from '../integer/problem.ts';
import type { CKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { convolutionOverlaps, int8DepthwiseOverlaps } from '../overlap/window.ts';

/** Convolution channel by channel over weights [1,KH,KW,O]. Of a single input channel it is an ordinary convolution. */
export const depthwiseConv2d: CKernel<'depthwise-conv-2d'> = {
  problem: productProblem,
  overlaps({ attributes }, inputs, outputs) {
    const [input, weights] = [at(inputs, 0), at(inputs, 1)];
    const [, height, width] = four(weights.shape);
    const geometry = geometryOf(input.shape, at(outputs, 0).shape, [height, width], attributes);
    const { channels, batch } = geometry;
    return arithmeticOf(inputs) === 'int8' && channels > 1
      ? int8DepthwiseOverlaps(geometry, inputs, outputs)
      : convolutionOverlaps(geometry, channels, batch, inputs, outputs);
  },
  scratchBytes: ({ attributes }, inputs) => hybridScratchBytes(attributes.hybrid, inputs, inputs[0]?.shape[0] ?? 1),

  emit(step, context) {
    const [input, weights, output] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
    const { clamp, hybrid } = step.op.attributes;
    const [, height, width, outputs] = four(weights.type.shape);
    const geometry = geometryOf(input.type.shape, output.type.shape, [height, width], step.op.attributes);
    const { channels, batch } = geometry;
    const place = (o: number, position: number) => position * outputs + o;
    const convolution = { stem: 'depthwise_conv_2d', geometry, groups: channels, clamp, place };
    switch (arithmeticOf(step.inputs.map((operand) => operand.type))) {
      case 'int8':
        return channels === 1
          ? integerConvolution(step, context, convolution)
          : integerDepthwise(step, context, geometry, clamp);
      case 'hybrid':
        return hybridConvolution(step, convolution, hybrid, batch);
      case 'int16':
        return int16Convolution(step, convolution, context);
      default:
        return floatConvolution(step, convolution);
    }
  },
};
