import { type CumulativeAttributes, cumulativeLoops } from '../../../ops/cumulative.ts';
import { at } from '../../../ops/definition.ts';
import { firstOverlaps } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { joinText } from '../integer/whole.ts';
import type { CKernel } from '../kernel.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { c } from '../quote.ts';

/** One walk along the axis for each row. In place: an element is read before its place is written, and never again. */
export const cumulative: CKernel<'cumulative'> = {
  problem: () => null,
  overlaps({ attributes }, inputs, outputs) {
    const input = at(inputs, 0);
    const { length, inner, step } = cumulativeLoops(attributes, input);
    if (length === 1 || (step > 0 && inner === 1)) return firstOverlaps(0, inputs, outputs);
    // Columns one after the other; against the direction of the memory a whole one is ahead of what is still to be read.
    const ahead = step > 0 ? (length - 1) * inner : length * inner;
    return firstOverlaps(ahead * dtypeBytes[input.dtype], inputs, outputs);
  },
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { attributes } = step.op;
    const { outer, length, inner, start, step: stride } = cumulativeLoops(attributes, input.type);
    const element = elementType(output.type);
    const isFloat = element === 'float';
    const next = nextText(attributes, element, 'total', 'x');
    const store = attributes.exclusive
      ? [`output[place] = total;`, `total = ${next};`]
      : [`total = ${next};`, `output[place] = total;`];
    const neutral = `${attributes.kind === 'sum' ? 0 : 1}${isFloat ? '.0f' : ''}`;
    return {
      stem: `cumulative_${attributes.kind}`,
      parameters: [inputParameter('input', input), outputParameter('output', output)],
      body: c`
        for (int32_t part = 0; part < ${outer}; part++) {
            for (int32_t i = 0; i < ${inner}; i++) {
                ${element} total = ${neutral};
                int32_t place = i${start === 0 ? '' : ` + ${start}`};
                for (int32_t k = 0; k < ${length}; k++) {
                    const ${element} x = input[place];
                    ${store}
                    place ${stride < 0 ? '-' : '+'}= ${Math.abs(stride)};
                }
            }
            input += ${length * inner};
            output += ${length * inner};
        }
      `,
      headers: ['integer.h'],
    };
  },
};

function nextText({ kind }: CumulativeAttributes, element: string, a: string, b: string): string {
  if (element === 'float') return `${a} ${kind === 'sum' ? '+' : '*'} ${b}`;
  const fn = kind === 'sum' ? 'add' : 'mul';
  return joinText(fn, element === 'int64_t' ? 'int64_t' : 'int32_t', a, b);
}
