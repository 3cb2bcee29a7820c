import { at } from '../../../ops/definition.ts';
import { invariant } from '../../../problem.ts';
import { arithmeticOf } from '../../kernel.ts';
import { floatConvolution } from '../float/convolution.ts';
import { four, geometryOf } from '../geometry.ts';
import { hybridConvolution, hybridScratchBytes } from '../hybrid/convolution.ts';
import { integerConvolution } from '../integer/convolution.ts';
import { int16Convolution } from '../integer/int16.ts';
import { productProblem } from '../integer/problem.ts';
import type { CKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { convolutionOverlaps } from '../overlap/window.ts';

/** Convolution over weights [O,KH,KW,C/groups]. */
export const conv2d: CKernel<'conv-2d'> = {
  problem: productProblem,
  overlaps({ attributes }, inputs, outputs) {
    const [input, weights] = [at(inputs, 0), at(inputs, 1)];
    const [, height, width] = four(weights.shape);
    const geometry = geometryOf(input.shape, at(outputs, 0).shape, [height, width], attributes);
    return convolutionOverlaps(geometry, attributes.groups, geometry.batch, inputs, outputs);
  },
  scratchBytes: ({ attributes }, inputs) => hybridScratchBytes(attributes.hybrid, inputs, inputs[0]?.shape[0] ?? 1),

  emit(step, context) {
    const [input, weights, output] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
    const { clamp, groups, hybrid } = step.op.attributes;
    const [outputs, height, width, channels] = four(weights.type.shape);
    const geometry = geometryOf(input.type.shape, output.type.shape, [height, width], step.op.attributes);
    const place = (o: number, position: number, channel: number) =>
      (o * height * width + position) * channels + channel;
    invariant(outputs === geometry.outputChannels, 'one filter per output channel');
    const convolution = { stem: 'conv_2d', geometry, groups, clamp, place };
    switch (arithmeticOf(step.inputs.map((operand) => operand.type))) {
      case 'int8':
        return integerConvolution(step, context, convolution);
      case 'hybrid':
        return hybridConvolution(step, convolution, hybrid, geometry.batch);
      case 'int16':
        return int16Convolution(step, convolution, context);
      default:
        return floatConvolution(step, convolution);
    }
  },
};
