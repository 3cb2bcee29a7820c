import { mapTable } from '../../../ops/map.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import { expressionText } from '../float/expression.ts';
import type { CKernel } from '../kernel.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter, tableParameter } from '../operand.ts';
import { c } from '../quote.ts';

/** An elementwise function: written out in float32, a table of 256 entries on 8 bits. */
export const map: CKernel<'map'> = {
  problem(step) {
    const { dtype } = inputOf(step, 0).type;
    if (dtype === 'float32' || dtype === 'int8' || dtype === 'uint8') return null;
    return unsupported(`a map of ${dtype} has no C kernel`, 'convert the model to int8 or float32');
  },
  inPlaceInputs: () => [0],
  scratchBytes: () => 0,

  emit(step, { rounding }) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { expression } = step.op.attributes;
    const parameters = [inputParameter('input', input), outputParameter('output', output)];
    const count = elementCount(output.type.shape);
    if (input.type.dtype === 'float32') {
      const body = c`
        for (int32_t i = 0; i < ${count}; i++) {
            const float x = input[i];
            output[i] = ${expressionText(expression)};
        }
      `;
      return { stem: 'map', parameters, body, headers: ['real.h'] };
    }
    const stored = mapTable(expression, input.type, output.type, rounding);
    const element = elementType(output.type);
    const data = element === 'uint8_t' ? Uint8Array.from(stored) : stored;
    return {
      stem: 'map',
      parameters: [...parameters, tableParameter('table', { kind: 'numbers', stem: 'table', element, data })],
      body: c`
        for (int32_t i = 0; i < ${count}; i++) {
            output[i] = table[(uint8_t)input[i]];
        }
      `,
      headers: [],
    };
  },
};
