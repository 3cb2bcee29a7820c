import { disjoint } from '../../../plan/overlap.ts';
import { byteSize } from '../../../tensor/tensor.ts';
import type { WasmKernel } from '../kernel.ts';
import { outputOf } from '../operand.ts';
import { copyRows } from '../routines/copy.ts';

/** A reshape of an activation is a view and has no step; this copies a constant into the arena. */
export const reshape: WasmKernel<'reshape'> = {
  problem: () => null,
  scratchBytes: () => 0,
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const rowBytes = byteSize(outputOf(emitter.step).type);
    const whole = { rows: 1, rowBytes, sourceStep: 0, targetStep: 0 };
    emitter.call(copyRows, null, { source: emitter.input(0), target: emitter.output, ...whole });
  },
};
