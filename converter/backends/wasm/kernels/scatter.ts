import { scatterPlan } from '../../../ops/scatter.ts';
import { firstOverlaps } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { byteSize } from '../../../tensor/tensor.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { copyRows } from '../routines/copy.ts';
import { isScalarDType } from '../routines/scalar.ts';
import { scatterRows } from '../routines/scatter.ts';

/** A copy of the data, unless they lie there already, then a run for each tuple of indices. */
export const scatter: WasmKernel<'scatter'> = {
  problem: () => null,
  scratchBytes: () => 0,
  overlaps: (_, inputs, outputs) => firstOverlaps(0, inputs, outputs),
  emit(emitter) {
    const { step, output } = emitter;
    const [data, indices, updates] = [inputOf(step, 0).type, inputOf(step, 1).type, inputOf(step, 2).type];
    if (outputOf(step).type.shape.includes(0)) return;
    const source = emitter.input(0);
    if (source.region !== output.region || source.offset !== output.offset) {
      const rowBytes = byteSize(data);
      const rows = { rows: 1, rowBytes, sourceStep: rowBytes, targetStep: rowBytes };
      emitter.call(copyRows, null, { source, target: output, ...rows });
    }
    if (updates.shape.includes(0)) return;
    const bytes = dtypeBytes[data.dtype];
    const { reduction } = step.op.attributes;
    const plan = scatterPlan(step.op.attributes, data.shape, indices.shape);
    const config = {
      axes: plan.axes.map(({ size, stride }) => ({ size, step: stride * bytes })),
      runBytes: plan.inner * bytes,
      reduction,
      dtype: reduction !== 'none' && isScalarDType(data.dtype) ? data.dtype : null,
    };
    emitter.call(scatterRows, config, {
      ...{ updates: emitter.input(2), indices: emitter.input(1), target: output },
      ...{ outer: plan.outer, outerStep: plan.outerStride * bytes, rows: plan.rows },
    });
  },
};
