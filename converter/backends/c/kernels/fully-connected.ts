import { at } from '../../../ops/definition.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import { arithmeticOf } from '../../kernel.ts';
import { floatConvolution } from '../float/convolution.ts';
import { hybridConvolution, hybridScratchBytes } from '../hybrid/convolution.ts';
import { integerConvolution, rowsGeometry } from '../integer/convolution.ts';
import { int16Convolution } from '../integer/int16.ts';
import { productProblem } from '../integer/problem.ts';
import type { CKernel } from '../kernel.ts';
import { inputOf } from '../operand.ts';
import { convolutionOverlaps } from '../overlap/window.ts';

/** Matrix product: a 1x1 convolution over the rows of the input. */
export const fullyConnected: CKernel<'fully-connected'> = {
  problem: productProblem,
  overlaps: (_, inputs, outputs) => {
    const [input, weights] = [at(inputs, 0), at(inputs, 1)];
    const [units, depth] = [dimension(weights.shape, 0), dimension(weights.shape, 1)];
    const rows = elementCount(input.shape) / depth;
    return convolutionOverlaps(rowsGeometry(rows, depth, units), 1, rows, inputs, outputs);
  },
  scratchBytes: ({ attributes }, inputs) => {
    const [input, weights] = inputs;
    const rows =
      input === undefined || weights === undefined ? 1 : elementCount(input.shape) / dimension(weights.shape, 1);
    return hybridScratchBytes(attributes.hybrid, inputs, rows);
  },

  emit(step, context) {
    const [input, weights] = [inputOf(step, 0), inputOf(step, 1)];
    const { clamp, hybrid } = step.op.attributes;
    const [units, depth] = [dimension(weights.type.shape, 0), dimension(weights.type.shape, 1)];
    const rows = elementCount(input.type.shape) / depth;
    const place = (o: number, _: number, channel: number) => o * depth + channel;
    const geometry = rowsGeometry(rows, depth, units);
    const convolution = { stem: 'fully_connected', geometry, groups: 1, clamp, place };
    switch (arithmeticOf(step.inputs.map((operand) => operand.type))) {
      case 'int8':
        return integerConvolution(step, context, convolution);
      case 'hybrid':
        return hybridConvolution(step, convolution, hybrid, rows);
      case 'int16':
        return int16Convolution(step, convolution, context);
      default:
        return floatConvolution(step, convolution);
    }
  },
};
