import type { Op } from '../../../ops/op.ts';
import { integerClamp } from '../../../ops/quantized.ts';
import { nhwc } from '../../../ops/window.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf, typeAt } from '../operand.ts';
import { poolOverlaps } from '../overlap/window.ts';
import { floatPool, integerPool, type PoolShape } from '../routines/pool.ts';

/** Largest window whose sums of int8 float32 holds exactly: 2^24 / 2^8. */
const largestAverage = 65536;

function shapeOf({ attributes }: Op<'pool-2d'>, input: TensorType, output: TensorType): PoolShape {
  const from = nhwc(input.shape);
  const to = nhwc(output.shape);
  const { kernel, strides, padding } = attributes;
  return {
    images: from.batch,
    height: from.height,
    width: from.width,
    channels: from.channels,
    outputHeight: to.height,
    outputWidth: to.width,
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    strideRows: strides[0],
    strideColumns: strides[1],
    top: padding.top,
    left: padding.left,
  };
}

/** A vector of channels at a time, over the part of the window that lies inside the input. */
export const pool2d: WasmKernel<'pool-2d'> = {
  problem(step) {
    const { dtype } = inputOf(step, 0).type;
    const { kernel, kind } = step.op.attributes;
    if (dtype === 'float32') return null;
    if (dtype !== 'int8') return unsupported(`pooling of ${dtype} tensors is not supported`, 'use float32 or int8');
    if (kind === 'max' || kernel[0] * kernel[1] <= largestAverage) return null;
    return unsupported(`an average over ${kernel.join('x')} int8 elements is not supported`, 'use a mean instead');
  },
  scratchBytes: () => 0,
  overlaps: (op, inputs, outputs) => poolOverlaps(shapeOf(op, typeAt(inputs, 0), typeAt(outputs, 0)), inputs, outputs),
  emit(emitter) {
    const { step } = emitter;
    const output = outputOf(step).type;
    const shape = shapeOf(step.op, inputOf(step, 0).type, output);
    const { kind, ties, clamp } = step.op.attributes;
    const values = { input: emitter.input(0), output: emitter.output };
    if (output.dtype === 'int8') {
      emitter.call(integerPool, { shape, kind, ties, ...integerClamp(clamp, output) }, values);
    } else {
      const min = Number.isFinite(clamp.min) ? clamp.min : null;
      const max = Number.isFinite(clamp.max) ? clamp.max : null;
      emitter.call(floatPool, { shape, kind, min, max }, values);
    }
  },
};
