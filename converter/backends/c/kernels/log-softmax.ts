import { logSoftmaxConstants } from '../../../ops/log-softmax.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import type { CKernel } from '../kernel.ts';
import { inputOf, inputParameter, outputOf, outputParameter, tableParameter } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/nest.ts';
import { c } from '../quote.ts';
import { eachRow, longRowProblem } from '../rows.ts';

/** log(softmax) over the last axis. */
export const logSoftmax: CKernel<'log-softmax'> = {
  problem: (step) => longRowProblem(inputOf(step, 0).type),
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const depth = dimension(input.type.shape, -1);
    const rows = elementCount(input.type.shape) / depth;
    const parameters = [inputParameter('input', input), outputParameter('output', output)];
    if (input.type.dtype === 'float32') {
      const row = c`
        float largest = input[0];
        float sum = 0.0f;
        for (int32_t i = 1; i < ${depth}; i++) {
            largest = input[i] > largest ? input[i] : largest;
        }
        for (int32_t i = 0; i < ${depth}; i++) {
            sum += expf(input[i] - largest);
        }
        const float log_of_sum = logf(sum);
        for (int32_t i = 0; i < ${depth}; i++) {
            output[i] = input[i] - largest - log_of_sum;
        }
      `;
      return { stem: 'log_softmax', parameters, body: eachRow(rows, depth, row), headers: ['math.h'] };
    }
    const { sumTerms, scaledDifferences, smallestDifference, reverse } = logSoftmaxConstants(input.type);
    const numbers = (name: string, data: Int32Array) =>
      tableParameter(name, { kind: 'numbers', stem: name, element: 'int32_t', data });
    const constants = `${smallestDifference}, ${reverse.multiplier}, ${reverse.shift === 0 ? 0 : -reverse.shift}`;
    const row = c`
      thimble_log_softmax_row(input, output, ${depth}, sums, scaled, ${constants});
    `;
    return {
      stem: 'log_softmax',
      parameters: [...parameters, numbers('sums', sumTerms), numbers('scaled', scaledDifferences)],
      body: eachRow(rows, depth, row),
      headers: ['softmax.h'],
    };
  },
};
