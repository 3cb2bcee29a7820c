import { softmaxExpTable } from '../../../ops/softmax.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import type { CKernel } from '../kernel.ts';
import { floatLiteral } from '../literal.ts';
import { inputOf, inputParameter, outputOf, outputParameter, tableParameter } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/nest.ts';
import { c } from '../quote.ts';
import { eachRow, longRowProblem } from '../rows.ts';

/** Softmax over the last axis. */
export const softmax: CKernel<'softmax'> = {
  problem: (step) => longRowProblem(inputOf(step, 0).type),
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const depth = dimension(input.type.shape, -1);
    const rows = elementCount(input.type.shape) / depth;
    const parameters = [inputParameter('input', input), outputParameter('output', output)];
    if (input.type.dtype === 'float32') {
      const beta = floatLiteral(step.op.attributes.beta);
      const body = eachRow(
        rows,
        depth,
        c`
          float largest = input[0];
          float sum = 0.0f;
          for (int32_t i = 1; i < ${depth}; i++) {
              largest = input[i] > largest ? input[i] : largest;
          }
          for (int32_t i = 0; i < ${depth}; i++) {
              output[i] = expf((input[i] - largest) * ${beta});
              sum += output[i];
          }
          for (int32_t i = 0; i < ${depth}; i++) {
              output[i] /= sum;
          }
        `,
      );
      return { stem: 'softmax', parameters, body, headers: ['math.h'] };
    }
    const data = softmaxExpTable(step.op.attributes, input.type);
    const table = tableParameter('exponentials', { kind: 'numbers', stem: 'exponentials', element: 'int32_t', data });
    const body = eachRow(
      rows,
      depth,
      `thimble_softmax_row${output.type.dtype === 'int16' ? '_16' : ''}(input, output, ${depth}, exponentials);`,
    );
    return { stem: 'softmax', parameters: [...parameters, table], body, headers: ['softmax.h'] };
  },
};
