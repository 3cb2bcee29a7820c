import { softmaxExpTable } from '../../../ops/softmax.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import type { CKernel } from '../kernel.ts';
import { floatLiteral } from '../literal.ts';
import { inputOf, inputParameter, outputOf, outputParameter, tableParameter } from '../operand.ts';
import { c } from '../quote.ts';
import { eachRow } from '../rows.ts';

/** Most elements of an int8 row: their exponentials in Q12 add up without leaving 32 bits. */
const LONGEST_ROW = 4095;

/** Softmax over the last axis. */
export const softmax: CKernel<'softmax'> = {
  problem(step) {
    const { dtype, shape } = inputOf(step, 0).type;
    if (dtype === 'float32' || dimension(shape, -1) <= LONGEST_ROW) return null;
    return unsupported(`a row of ${dimension(shape, -1)} elements is too long`, `use at most ${LONGEST_ROW}`);
  },
  inPlaceInputs: () => [0],
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
    const body = eachRow(rows, depth, `thimble_softmax_row(input, output, ${depth}, exponentials);`);
    return { stem: 'softmax', parameters: [...parameters, table], body, headers: ['softmax.h'] };
  },
};
