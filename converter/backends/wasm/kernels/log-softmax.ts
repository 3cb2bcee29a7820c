import { logSoftmaxConstants } from '../../../ops/log-softmax.ts';
import { toBytes } from '../../../tensor/dtype.ts';
import { elementCount } from '../../../tensor/shape.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/elementwise.ts';
import { floatLogSoftmax, integerLogSoftmax } from '../routines/softmax.ts';
import { rowsOf, softmaxProblem } from './softmax.ts';

/** Row by row; int8 through tables of 256 entries. */
export const logSoftmax: WasmKernel<'log-softmax'> = {
  problem: (step) => softmaxProblem(inputOf(step, 0).type),
  scratchBytes: () => 0,
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  emit(emitter) {
    const { type } = inputOf(emitter.step, 0);
    const rows = rowsOf(emitter);
    if (elementCount(type.shape) === 0) return;
    if (type.dtype === 'float32') return emitter.call(floatLogSoftmax, null, rows);
    const { sumTerms, scaledDifferences, smallestDifference, reverse } = logSoftmaxConstants(type);
    emitter.call(
      integerLogSoftmax,
      { smallestDifference, ...reverse },
      {
        ...rows,
        sumTerms: emitter.constant(toBytes(sumTerms)),
        differences: emitter.constant(toBytes(scaledDifferences)),
      },
    );
  },
};
