import { requantizeConstants } from '../../../ops/requantize.ts';
import { integerRange } from '../../../tensor/dtype.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/elementwise.ts';
import { planRequantization } from '../packing/requantization.ts';
import { flipBytes, requantizeElements } from '../routines/conversion.ts';
import { isLaneType } from '../routines/elementwise.ts';

/** Four elements at a time; a mere change of sign sixteen. */
export const requantize: WasmKernel<'requantize'> = {
  problem(step) {
    for (const { type } of [inputOf(step, 0), outputOf(step)]) {
      if (!isLaneType(type.dtype)) return unsupported(`requantization of ${type.dtype} is not supported`, 'use int8');
    }
    return null;
  },
  scratchBytes: () => 0,
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  emit(emitter) {
    const from = inputOf(emitter.step, 0).type;
    const to = outputOf(emitter.step).type;
    if (!isLaneType(from.dtype) || !isLaneType(to.dtype) || from.dtype === 'float32' || to.dtype === 'float32') return;
    const values = { source: emitter.input(0), target: emitter.output, count: elementCount(to.shape) };
    const constants = requantizeConstants(from, to, emitter.rounding);
    const { inputZero, outputZero, bounds } = constants;
    if (constants.isByteFlip) return emitter.call(flipBytes, null, values);
    const { min, max } = integerRange[from.dtype];
    const largest = Math.max(Math.abs(min - inputZero), Math.abs(max - inputZero));
    const { form, shift, vectors } = planRequantization([constants.factor], [largest], emitter.rounding);
    const config = {
      from: from.dtype,
      to: to.dtype,
      inputZero,
      outputZero,
      ...bounds,
      form,
      shift,
      values: vectors.map((vector) => vector[0] ?? 0),
    };
    emitter.call(requantizeElements, config, values);
  },
};
