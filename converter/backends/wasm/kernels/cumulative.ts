import { cumulativeLoops } from '../../../ops/cumulative.ts';
import { disjoint, firstOverlaps } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, typeAt } from '../operand.ts';
import { cumulativeRows } from '../routines/cumulative.ts';
import { isScalarDType } from '../routines/scalar.ts';

/** One walk along the axis for each row, in place where the input may go. */
export const cumulative: WasmKernel<'cumulative'> = {
  problem(step) {
    const { dtype } = inputOf(step, 0).type;
    return isScalarDType(dtype) ? null : unsupported(`running sums of ${dtype} are not supported`, 'use float32');
  },
  scratchBytes: () => 0,
  overlaps({ attributes }, inputs, outputs) {
    const { inner, step } = cumulativeLoops(attributes, typeAt(inputs, 0));
    return step > 0 && inner === 1 ? firstOverlaps(0, inputs, outputs) : disjoint(inputs);
  },
  emit(emitter) {
    const { attributes } = emitter.step.op;
    const { type } = inputOf(emitter.step, 0);
    const { dtype } = type;
    if (type.shape.includes(0) || !isScalarDType(dtype)) return;
    const { outer, length, inner, start, step } = cumulativeLoops(attributes, type);
    const bytes = dtypeBytes[dtype];
    emitter.call(
      cumulativeRows,
      { dtype, kind: attributes.kind, exclusive: attributes.exclusive },
      {
        ...{ input: emitter.input(0), target: emitter.output, outer, length, inner },
        ...{ start: start * bytes, step: step * bytes, part: length * inner * bytes },
      },
    );
  },
};
