import { padElement } from '../../../ops/pad.ts';
import { disjoint } from '../../../plan/overlap.ts';
import { elementCount, stridesOf } from '../../../tensor/shape.ts';
import type { CKernel } from '../kernel.ts';
import { doubleLiteral, floatLiteral, intLiteral } from '../literal.ts';
import { moveText, placeAll } from '../movement.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { c } from '../quote.ts';

/** Fills the output with the padding, then copies the input into its middle. */
export const pad: CKernel<'pad'> = {
  problem: () => null,
  overlaps: (_, inputs) => disjoint(inputs),
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { attributes } = step.op;
    const element = elementType(output.type);
    const strides = stridesOf(output.type.shape);
    const start = attributes.before.reduce((sum, count, axis) => sum + count * (strides[axis] ?? 0), 0);
    const value = padElement(attributes, output.type);
    const literal = element === 'float' ? floatLiteral : element === 'double' ? doubleLiteral : intLiteral;
    const text = literal(value);
    return {
      stem: 'pad',
      parameters: [inputParameter('input', input), outputParameter('output', output)],
      body: c`
        for (int32_t i = 0; i < ${elementCount(output.type.shape)}; i++) {
            output[i] = ${text};
        }
        ${moveText(placeAll(input.type.shape, element, 'input', 'output', start, strides))}
      `,
      headers: Number.isFinite(value) ? [] : ['math.h'],
    };
  },
};
