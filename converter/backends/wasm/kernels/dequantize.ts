import { scaleAt } from '../../../tensor/quantization.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, zeroPointOf } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/elementwise.ts';
import { dequantizeElements } from '../routines/conversion.ts';
import { isLaneType } from '../routines/elementwise.ts';

/** Four elements at a time. */
export const dequantize: WasmKernel<'dequantize'> = {
  problem(step) {
    const { dtype, quantization } = inputOf(step, 0).type;
    if (!isLaneType(dtype) || dtype === 'float32') {
      return unsupported(`dequantization of ${dtype} is not supported`, 'use float32 or int8 tensors');
    }
    if (quantization.kind === 'per-tensor') return null;
    return unsupported('dequantization per channel is not supported', 'use one scale and zero point');
  },
  scratchBytes: () => 0,
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  emit(emitter) {
    const { type } = inputOf(emitter.step, 0);
    const { dtype } = type;
    if (!isLaneType(dtype) || dtype === 'float32') return;
    emitter.call(
      dequantizeElements,
      { from: dtype, scale: scaleAt(type.quantization, 0), zero: zeroPointOf(type) },
      { source: emitter.input(0), target: emitter.output, count: elementCount(type.shape) },
    );
  },
};
