import { elementCount } from '../tensor/shape.ts';
import { type TensorType, zeros } from '../tensor/tensor.ts';
import { accumulatorFor, type ProductAttributes, productViolations } from './convolution.ts';
import { at, type OpDefinition } from './definition.ts';
import { nhwc, type Window, windowOutput, windowViolations } from './window.ts';

/**
 * Depthwise 2-D convolution: input [N,H,W,C], weights [1,KH,KW,C*M], bias [C*M] -> [N,OH,OW,C*M].
 * Output channel o reads input channel floor(o / M), where M is the channel multiplier.
 * dtypes as in conv-2d.
 */
export interface DepthwiseConv2dAttributes extends Window, ProductAttributes {}

function geometry(inputs: readonly TensorType[]) {
  const input = nhwc(at(inputs, 0).shape);
  const kernel = nhwc(at(inputs, 1).shape);
  if (kernel.batch !== 1 || kernel.channels % input.channels !== 0) {
    throw new RangeError(
      `weights must have a first dimension of 1 and a multiple of ${input.channels} channels, not ` +
        `${kernel.batch} and ${kernel.channels}`,
    );
  }
  return { input, kernel, multiplier: kernel.channels / input.channels };
}

/** float32, int8 or hybrid. */
export const depthwiseConv2d: OpDefinition<DepthwiseConv2dAttributes> = {
  inputNames: ['input', 'weights', 'bias'],
  variadic: false,
  channelRule: (_, inputs) => (geometry(inputs).multiplier === 1 ? 'keeps' : 'opaque'),

  outputShapes(attributes, inputs) {
    const { input, kernel } = geometry(inputs);
    return [[input.batch, ...windowOutput(attributes, input, kernel), kernel.channels]];
  },

  violations(attributes, inputs, outputs) {
    return [...windowViolations(attributes), ...productViolations(attributes, inputs, outputs, 3)];
  },

  evaluate(attributes, inputs, outputs, rounding) {
    const { input, kernel, multiplier } = geometry(inputs.map((tensor) => tensor.type));
    const output = zeros(at(outputs, 0));
    const out = nhwc(output.type.shape);
    const sums = accumulatorFor(inputs, output, attributes, input.batch, rounding);
    const { strides, dilations, padding } = attributes;
    let index = 0;
    for (let n = 0; n < input.batch; n++) {
      for (let oy = 0; oy < out.height; oy++) {
        for (let ox = 0; ox < out.width; ox++) {
          for (let o = 0; o < kernel.channels; o++) {
            const channel = Math.floor(o / multiplier);
            for (let ky = 0; ky < kernel.height; ky++) {
              const y = oy * strides[0] - padding.top + ky * dilations[0];
              if (y < 0 || y >= input.height) continue;
              for (let kx = 0; kx < kernel.width; kx++) {
                const x = ox * strides[1] - padding.left + kx * dilations[1];
                if (x < 0 || x >= input.width) continue;
                const from = ((n * input.height + y) * input.width + x) * input.channels + channel;
                sums.product(from, (ky * kernel.width + kx) * kernel.channels + o, 1);
              }
            }
            sums.emit(index++, o, n);
          }
        }
      }
    }
    return [output];
  },

  cost(_, inputs, outputs) {
    const { kernel } = geometry(inputs);
    const elements = elementCount(at(outputs, 0).shape);
    return { macs: elements * kernel.height * kernel.width, elements };
  },
};
