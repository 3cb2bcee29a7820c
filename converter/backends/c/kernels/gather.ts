import { gatherPlan } from '../../../ops/gather.ts';
import { disjoint } from '../../../plan/overlap.ts';
import type { CKernel } from '../kernel.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { c } from '../quote.ts';

/** One copy for each tuple of indices; indices are limited to their axes. */
export const gather: CKernel<'gather'> = {
  problem: () => null,
  overlaps: (_, inputs) => disjoint(inputs),
  scratchBytes: () => 0,

  emit(step) {
    const [data, indices, output] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
    const plan = gatherPlan(step.op.attributes, data.type.shape, indices.type.shape);
    const place = plan.axes
      .map(({ size, stride }, i) => {
        const index = `thimble_limit(index[${i}], 0, ${size - 1})`;
        return stride === 1 ? index : `${index} * ${stride}`;
      })
      .join(' + ');
    const rows = c`
      const int32_t *index = indices;
      for (int32_t row = 0; row < ${plan.rows}; row++) {
          memcpy(output, data + ${place}, ${plan.inner} * sizeof *output);
          index += ${plan.axes.length};
          output += ${plan.inner};
      }
    `;
    const outer = c`
      for (int32_t part = 0; part < ${plan.outer}; part++) {
          ${rows}
          data += ${plan.outerStride};
      }
    `;
    return {
      stem: `gather_${elementType(output.type).replace(/_t$/, '')}`,
      parameters: [inputParameter('data', data), inputParameter('indices', indices), outputParameter('output', output)],
      body: plan.outer === 1 ? rows : outer,
      headers: ['integer.h'],
    };
  },
};
