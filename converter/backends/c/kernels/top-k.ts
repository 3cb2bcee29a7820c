import { topKLoops } from '../../../ops/top-k.ts';
import { disjoint } from '../../../plan/overlap.ts';
import type { CKernel } from '../kernel.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { c } from '../quote.ts';

/** Insertion into the places found so far, which stand in the output: no other memory. */
export const topK: CKernel<'top-k'> = {
  problem: () => null,
  overlaps: (_, inputs) => disjoint(inputs),
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { attributes } = step.op;
    const { outer, length, inner } = topKLoops(attributes, input.type);
    const at = (list: string, index: string) => `${list}[${inner === 1 ? index : `(${index}) * ${inner}`}]`;
    const element = elementType(input.type);
    const exceeds = `${at('x', 'k')} ${attributes.largest ? '>' : '<'} ${at('x', at('places', 'rank - 1'))}`;
    return {
      stem: attributes.largest ? 'top_k' : 'bottom_k',
      parameters: [inputParameter('input', input), outputParameter('output', output)],
      body: c`
        for (int32_t part = 0; part < ${outer}; part++) {
            for (int32_t i = 0; i < ${inner}; i++) {
                const ${element} *const x = input + i;
                int32_t *const places = output + i;
                for (int32_t k = 0; k < ${length}; k++) {
                    int32_t rank = k < ${attributes.k} ? k : ${attributes.k};
                    while (rank > 0 && ${exceeds}) {
                        if (rank < ${attributes.k}) ${at('places', 'rank')} = ${at('places', 'rank - 1')};
                        rank--;
                    }
                    if (rank < ${attributes.k}) ${at('places', 'rank')} = k;
                }
            }
            input += ${length * inner};
            output += ${attributes.k * inner};
        }
      `,
      headers: [],
    };
  },
};
