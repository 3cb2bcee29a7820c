import { topKLoops } from '../../../ops/top-k.ts';
import { disjoint } from '../../../plan/overlap.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { isScalarDType } from '../routines/scalar.ts';
import { topKRows } from '../routines/top-k.ts';

/** Insertion into the places found so far, which stand in the output: no other memory. */
export const topK: WasmKernel<'top-k'> = {
  problem(step) {
    const { dtype } = inputOf(step, 0).type;
    return isScalarDType(dtype) ? null : unsupported(`places in ${dtype} are not supported`, 'use float32 or int8');
  },
  scratchBytes: () => 0,
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { step } = emitter;
    const { type } = inputOf(step, 0);
    const { dtype } = type;
    if (outputOf(step).type.shape.includes(0) || !isScalarDType(dtype)) return;
    const { k, largest } = step.op.attributes;
    const loops = topKLoops(step.op.attributes, type);
    emitter.call(topKRows, { dtype, largest }, { input: emitter.input(0), target: emitter.output, ...loops, k });
  },
};
