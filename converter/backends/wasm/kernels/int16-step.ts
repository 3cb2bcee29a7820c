import { at } from '../../../ops/definition.ts';
import { accumulatorFactors, integerClamp } from '../../../ops/quantized.ts';
import { nhwc, noPadding } from '../../../ops/window.ts';
import type { Step } from '../../../plan/program.ts';
import { wideMultiplier } from '../../../tensor/requantize.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import type { StepEmitter } from '../kernel.ts';
import { constantNumbers, inputOf, outputOf } from '../operand.ts';
import { type Int16Products, int16ChannelBytes, int16Products } from '../routines/int16-products.ts';

/** Emits a layer with weights on int16 data. */
export function emitInt16Layer(emitter: StepEmitter<ProductOp>): void {
  const { step } = emitter;
  const shape = shapeOf(step);
  const output = outputOf(step).type;
  const biases = constantNumbers(step, 2);
  const factors = accumulatorFactors(inputOf(step, 0).type, inputOf(step, 1).type, output, shape.outputs, 'exact');
  const table = new DataView(new ArrayBuffer(int16ChannelBytes * shape.outputs));
  factors.forEach((factor, o) => {
    const { multiplier, shift } = wideMultiplier(factor);
    table.setBigInt64(int16ChannelBytes * o, BigInt(at(biases, o)), true);
    table.setInt32(int16ChannelBytes * o + 8, multiplier, true);
    table.setInt32(int16ChannelBytes * o + 12, shift, true);
  });
  const places = { input: emitter.input(0), weights: emitter.input(1), output: emitter.output };
  const channels = emitter.constant(new Uint8Array(table.buffer));
  emitter.call(int16Products, shape, { ...places, channels, ...integerClamp(step.op.attributes.clamp, output) });
}

type ProductOp = 'conv-2d' | 'depthwise-conv-2d' | 'fully-connected';

function shapeOf({ op, inputs, outputs }: Step<ProductOp>): Int16Products {
  const [input, weights] = [at(inputs, 0).type.shape, at(inputs, 1).type.shape];
  if (op.type === 'fully-connected') {
    const [units, depth] = [dimension(weights, 0), dimension(weights, 1)];
    const rows = elementCount(input) / depth;
    return {
      ...{ batch: rows, height: 1, width: 1, channels: depth, outputHeight: 1, outputWidth: 1, outputs: units },
      ...{ kernelHeight: 1, kernelWidth: 1, strides: [1, 1], dilations: [1, 1] },
      ...{ top: noPadding.top, left: noPadding.left, depth, perGroup: units },
      weightSteps: { channel: 1, tap: depth, output: depth },
    };
  }
  const { batch, height, width, channels } = nhwc(input);
  const filter = nhwc(weights);
  const result = nhwc(at(outputs, 0).type.shape);
  const isDepthwise = op.type === 'depthwise-conv-2d';
  const depth = isDepthwise ? 1 : filter.channels;
  const perGroup = isDepthwise ? result.channels / channels : (result.channels * depth) / channels;
  const { strides, dilations, padding } = op.attributes;
  const taps = filter.height * filter.width;
  return {
    ...{ batch, height, width, channels, outputHeight: result.height, outputWidth: result.width },
    ...{ outputs: result.channels, kernelHeight: filter.height, kernelWidth: filter.width },
    ...{ strides, dilations, top: padding.top, left: padding.left, depth, perGroup },
    weightSteps: isDepthwise
      ? { channel: 1, tap: result.channels, output: 1 }
      : { channel: 1, tap: depth, output: taps * depth },
  };
}
