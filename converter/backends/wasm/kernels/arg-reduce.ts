import { argReduceLoops } from '../../../ops/arg-reduce.ts';
import { disjoint } from '../../../plan/overlap.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { argReduce as routine, type ScalarType } from '../routines/arg-reduce.ts';

function scalarOf(dtype: string): ScalarType | null {
  return dtype === 'float32' || dtype === 'int32' || dtype === 'int8' || dtype === 'uint8' ? dtype : null;
}

/** One pass along the axis for each output. */
export const argReduce: WasmKernel<'arg-reduce'> = {
  problem(step) {
    const { dtype } = inputOf(step, 0).type;
    return scalarOf(dtype) === null ? unsupported(`places in ${dtype} are not supported`, 'use float32 or int8') : null;
  },
  scratchBytes: () => 0,
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { step } = emitter;
    const { dtype, shape } = inputOf(step, 0).type;
    const { kind } = step.op.attributes;
    const { outer, length, inner } = argReduceLoops(step.op.attributes, shape);
    const scalar = scalarOf(dtype);
    if (outer * inner === 0 || scalar === null) return;
    const wide = outputOf(step).type.dtype === 'int64';
    const values = { input: emitter.input(0), target: emitter.output, outer, length, inner };
    emitter.call(routine, { dtype: scalar, kind, wide }, values);
  },
};
