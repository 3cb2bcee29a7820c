import { scaleAt } from '../../../tensor/quantization.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { outputOf, zeroPointOf } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/elementwise.ts';
import { quantizeElements } from '../routines/conversion.ts';
import { isLaneType } from '../routines/elementwise.ts';

/** Four elements at a time. */
export const quantize: WasmKernel<'quantize'> = {
  problem(step) {
    const { dtype, quantization } = outputOf(step).type;
    if (!isLaneType(dtype) || dtype === 'float32') {
      return unsupported(`quantization to ${dtype} is not supported`, 'use int8, uint8, int16 or int32');
    }
    if (quantization.kind === 'per-tensor') return null;
    return unsupported('quantization per channel is not supported', 'use one scale and zero point');
  },
  scratchBytes: () => 0,
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  emit(emitter) {
    const { type } = outputOf(emitter.step);
    const { dtype } = type;
    if (!isLaneType(dtype) || dtype === 'float32') return;
    emitter.call(
      quantizeElements,
      { to: dtype, scale: scaleAt(type.quantization, 0), zero: zeroPointOf(type) },
      { source: emitter.input(0), target: emitter.output, count: elementCount(type.shape) },
    );
  },
};
