import { gatherPlan } from '../../../ops/gather.ts';
import { disjoint } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { gatherRows } from '../routines/gather.ts';

/** Elements of any dtype, a run for each tuple of indices. */
export const gather: WasmKernel<'gather'> = {
  problem: () => null,
  scratchBytes: () => 0,
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { step } = emitter;
    const [data, indices] = [inputOf(step, 0).type, inputOf(step, 1).type];
    if (outputOf(step).type.shape.includes(0)) return;
    const bytes = dtypeBytes[data.dtype];
    const plan = gatherPlan(step.op.attributes, data.shape, indices.shape);
    const axes = plan.axes.map(({ size, stride }) => ({ last: size - 1, step: stride * bytes }));
    emitter.call(
      gatherRows,
      { axes, runBytes: plan.inner * bytes },
      {
        ...{ data: emitter.input(0), indices: emitter.input(1), target: emitter.output },
        ...{ outer: plan.outer, outerStep: plan.outerStride * bytes, rows: plan.rows },
      },
    );
  },
};
