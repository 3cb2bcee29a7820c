import { elementCount } from '../tensor/shape.ts';
import { numericData, type Tensor, zeros } from '../tensor/tensor.ts';
import { arity, firstOf, quantizedPerTensor, sameDtype, sameQuantization } from './check.ts';
import { at, type Clamp, type OpDefinition } from './definition.ts';
import { clampTo, integerClamp } from './quantized.ts';
import { nhwc, type Window, windowOutput, windowViolations } from './window.ts';

/** Pooling: input [N,H,W,C] -> [N,OH,OW,C]. The average counts only elements inside the input. Dilations are 1. */
export interface Pool2dAttributes extends Window {
  readonly kind: 'average' | 'max';
  readonly kernel: readonly [height: number, width: number];
  readonly clamp: Clamp;
  /**
   * How the average of stored integers rounds ties: `away` from zero as TFLite int8 kernels do, or `up` as uint8
   * kernels do; a uint8 model imported as int8 keeps `up`. Max pooling and float32 do not round.
   */
  readonly ties: 'away' | 'up';
}

/** The rounded average of `count` stored integers with the sum `sum`, before the clamp. */
export function storedAverage(sum: number, count: number, ties: 'away' | 'up'): number {
  const half = Math.floor(count / 2);
  if (ties === 'up') return Math.floor((sum + half) / count);
  return Math.trunc((sum > 0 ? sum + half : sum - half) / count);
}

/** First and one past the last position of a window that lie inside the input. */
export function windowSpan(
  output: number,
  stride: number,
  pad: number,
  kernel: number,
  size: number,
): [number, number] {
  const start = output * stride - pad;
  return [Math.max(0, start), Math.min(size, start + kernel)];
}

function poolWindows(attributes: Pool2dAttributes, input: Tensor, output: Tensor, start: number, step: Step): void {
  const x = numericData(input);
  const y = numericData(output);
  const { batch, height, width, channels } = nhwc(input.type.shape);
  const out = nhwc(output.type.shape);
  const { strides, padding, kernel } = attributes;
  let index = 0;
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < out.height; oy++) {
      const [y0, y1] = windowSpan(oy, strides[0], padding.top, kernel[0], height);
      for (let ox = 0; ox < out.width; ox++) {
        const [x0, x1] = windowSpan(ox, strides[1], padding.left, kernel[1], width);
        for (let c = 0; c < channels; c++) {
          let value = start;
          for (let row = y0; row < y1; row++) {
            for (let column = x0; column < x1; column++) {
              value = step.join(value, at(x, ((n * height + row) * width + column) * channels + c));
            }
          }
          y[index++] = step.finish(value, (y1 - y0) * (x1 - x0));
        }
      }
    }
  }
}

/** How a window becomes one element. */
interface Step {
  join(value: number, element: number): number;
  finish(value: number, count: number): number;
}

/** float32 or int8; an int8 output has the quantization of the input. */
export const pool2d: OpDefinition<Pool2dAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'keeps',

  outputShapes(attributes, inputs) {
    const input = nhwc(at(inputs, 0).shape);
    const [height, width] = attributes.kernel;
    return [[input.batch, ...windowOutput(attributes, input, { height, width }), input.channels]];
  },

  violations(attributes, inputs, outputs) {
    const { kernel, padding, dilations } = attributes;
    const all = [...inputs, ...outputs];
    return firstOf(
      () => windowViolations(attributes),
      () => (dilations[0] === 1 && dilations[1] === 1 ? [] : ['dilated pooling is not supported']),
      () =>
        Math.max(padding.top, padding.bottom) < kernel[0] && Math.max(padding.left, padding.right) < kernel[1]
          ? []
          : ['padding must be smaller than the window'],
      () => arity(inputs, 1, outputs),
      () => sameDtype(all, ['float32', 'int8', 'uint8', 'int16']),
      () => quantizedPerTensor(all),
      () => sameQuantization(all),
    );
  },

  evaluate(attributes, inputs, outputs) {
    const input = at(inputs, 0);
    const output = zeros(at(outputs, 0));
    const isFloat = input.type.dtype === 'float32';
    const bounds = isFloat ? attributes.clamp : integerClamp(attributes.clamp, output.type);
    if (attributes.kind === 'max') {
      poolWindows(attributes, input, output, Number.NEGATIVE_INFINITY, {
        join: (value, element) => Math.max(value, element),
        finish: (value) => clampTo(value, bounds),
      });
    } else if (isFloat) {
      poolWindows(attributes, input, output, 0, {
        join: (value, element) => Math.fround(value + element),
        finish: (value, count) => clampTo(Math.fround(value / count), bounds),
      });
    } else {
      poolWindows(attributes, input, output, 0, {
        join: (value, element) => value + element,
        finish: (value, count) => clampTo(storedAverage(value, count, attributes.ties), bounds),
      });
    }
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
