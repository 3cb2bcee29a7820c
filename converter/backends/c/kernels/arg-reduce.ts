import { argReduceLoops } from '../../../ops/arg-reduce.ts';
import type { CKernel } from '../kernel.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { reductionOverlaps } from '../overlap/nest.ts';
import { c } from '../quote.ts';

/** One pass along the axis for each output. */
export const argReduce: CKernel<'arg-reduce'> = {
  problem: () => null,
  overlaps: ({ attributes }, inputs, outputs) => reductionOverlaps([attributes.axis], inputs, outputs),
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { attributes } = step.op;
    const { outer, length, inner } = argReduceLoops(attributes, input.type.shape);
    const k = inner === 1 ? 'k' : `k * ${inner}`;
    return {
      stem: `arg_${attributes.kind}`,
      parameters: [inputParameter('input', input), outputParameter('output', output)],
      body: c`
        for (int32_t part = 0; part < ${outer}; part++) {
            for (int32_t i = 0; i < ${inner}; i++) {
                const ${elementType(input.type)} *const x = input + i;
                ${elementType(input.type)} best = x[0];
                int32_t place = 0;
                for (int32_t k = 1; k < ${length}; k++) {
                    if (x[${k}] ${attributes.kind === 'max' ? '>' : '<'} best) {
                        best = x[${k}];
                        place = k;
                    }
                }
                *output++ = place;
            }
            input += ${length * inner};
        }
      `,
      headers: [],
    };
  },
};
