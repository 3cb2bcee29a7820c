import { elementCount } from '../tensor/shape.ts';
import { type TensorType, zeros } from '../tensor/tensor.ts';
import { accumulatorFor, type ProductAttributes, productViolations } from './convolution.ts';
import { at, type OpDefinition } from './definition.ts';
import { nhwc, type Window, windowOutput, windowViolations } from './window.ts';

/**
 * 2-D convolution: input [N,H,W,C], weights [O,KH,KW,C/groups], bias [O] -> [N,OH,OW,O].
 *
 * dtypes (input, weights, bias, output): float32 all; int8, int8, int32, int8; int16, int8, int32, int16, summed in 64 bits (see
 * `wide-product.ts`); or hybrid: float32, int8, float32, float32,
 * where the input is quantized per batch at run time as the TFLite hybrid kernels do (see `hybrid.ts`).
 */
export interface Conv2dAttributes extends Window, ProductAttributes {
  readonly groups: number;
}

function geometry(inputs: readonly TensorType[], groups: number) {
  const input = nhwc(at(inputs, 0).shape);
  const weights = nhwc(at(inputs, 1).shape);
  const outputChannels = weights.batch;
  if (weights.channels * groups !== input.channels || outputChannels % groups !== 0) {
    throw new RangeError(
      `input channels ${input.channels} must be weight channels ${weights.channels} x groups ${groups}, ` +
        `and output channels ${outputChannels} a multiple of the groups`,
    );
  }
  return { input, outputChannels, kernel: weights };
}

/** float32, int8 or hybrid. */
export const conv2d: OpDefinition<Conv2dAttributes> = {
  inputNames: ['input', 'weights', 'bias'],
  variadic: false,
  channelRule: ({ groups }) => (groups === 1 ? 'mixes' : 'opaque'),

  outputShapes(attributes, inputs) {
    const { input, outputChannels, kernel } = geometry(inputs, attributes.groups);
    return [[input.batch, ...windowOutput(attributes, input, kernel), outputChannels]];
  },

  violations(attributes, inputs, outputs) {
    return [...windowViolations(attributes), ...productViolations(attributes, inputs, outputs, 0)];
  },

  evaluate(attributes, inputs, outputs, rounding) {
    const types = inputs.map((tensor) => tensor.type);
    const { input, outputChannels, kernel } = geometry(types, attributes.groups);
    const output = zeros(at(outputs, 0));
    const out = nhwc(output.type.shape);
    const sums = accumulatorFor(inputs, output, attributes, input.batch, rounding);
    const { strides, dilations, padding, groups } = attributes;
    const perGroup = outputChannels / groups;
    let index = 0;
    for (let n = 0; n < input.batch; n++) {
      for (let oy = 0; oy < out.height; oy++) {
        for (let ox = 0; ox < out.width; ox++) {
          for (let o = 0; o < outputChannels; o++) {
            const firstChannel = Math.floor(o / perGroup) * kernel.channels;
            for (let ky = 0; ky < kernel.height; ky++) {
              const y = oy * strides[0] - padding.top + ky * dilations[0];
              if (y < 0 || y >= input.height) continue;
              for (let kx = 0; kx < kernel.width; kx++) {
                const x = ox * strides[1] - padding.left + kx * dilations[1];
                if (x < 0 || x >= input.width) continue;
                const from = ((n * input.height + y) * input.width + x) * input.channels + firstChannel;
                const weight = ((o * kernel.height + ky) * kernel.width + kx) * kernel.channels;
                sums.product(from, weight, kernel.channels);
              }
            }
            sums.emit(index++, o, n);
          }
        }
      }
    }
    return [output];
  },

  cost(attributes, inputs, outputs) {
    const { kernel } = geometry(inputs, attributes.groups);
    const elements = elementCount(at(outputs, 0).shape);
    return { macs: elements * kernel.height * kernel.width * kernel.channels, elements };
  },
};
