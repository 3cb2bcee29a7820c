import { type ScatterReduction, scatterPlan } from '../../../ops/scatter.ts';
import { firstOverlaps } from '../../../plan/overlap.ts';
import type { DType } from '../../../tensor/dtype.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { binaryText } from '../float/expression.ts';
import { joinText } from '../integer/whole.ts';
import type { CKernel } from '../kernel.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { c } from '../quote.ts';

/** The data are copied unless they lie there already; then one run for each tuple of indices that lies inside. */
export const scatter: CKernel<'scatter'> = {
  problem: () => null,
  overlaps: (_, inputs, outputs) => firstOverlaps(0, inputs, outputs),
  scratchBytes: () => 0,

  emit(step) {
    const [data, indices, updates, output] = [inputOf(step, 0), inputOf(step, 1), inputOf(step, 2), outputOf(step)];
    const { reduction } = step.op.attributes;
    const plan = scatterPlan(step.op.attributes, data.type.shape, indices.type.shape);
    const inside = plan.axes.map(({ size }, i) => `index[${i}] >= 0 && index[${i}] < ${size}`).join(' && ');
    const place = plan.axes
      .map(({ stride }, i) => (stride === 1 ? `index[${i}]` : `index[${i}] * ${stride}`))
      .join(' + ');
    const rows = c`
      const int32_t *index = indices;
      for (int32_t row = 0; row < ${plan.rows}; row++) {
          if (${inside}) {
              ${runText(reduction, data.type.dtype, `output + ${place}`, plan.inner)}
          }
          index += ${plan.axes.length};
          updates += ${plan.inner};
      }
    `;
    const outer = c`
      for (int32_t part = 0; part < ${plan.outer}; part++) {
          ${rows}
          output += ${plan.outerStride};
      }
    `;
    return {
      stem: `scatter_${elementType(output.type).replace(/_t$/, '')}`,
      parameters: [
        inputParameter('data', data),
        inputParameter('indices', indices),
        inputParameter('updates', updates),
        outputParameter('output', output),
      ],
      body: c`
        if (output != data) {
            memmove(output, data, ${elementCount(output.type.shape)} * sizeof *output);
        }
        ${plan.outer === 1 ? rows : outer}
      `,
      headers: [data.type.dtype === 'float32' ? 'real.h' : 'integer.h'],
    };
  },
};

/** One run of updates at `to`. */
function runText(reduction: ScatterReduction, dtype: DType, to: string, inner: number): string {
  if (reduction === 'none') return `memcpy(${to}, updates, ${inner} * sizeof *output);`;
  const element = dtype === 'int64' ? 'int64_t' : 'int32_t';
  const join =
    dtype === 'float32' ? binaryText[reduction] : (a: string, b: string) => joinText(reduction, element, a, b);
  return c`
    ${dtype === 'float32' ? 'float' : element} *const to = ${to};
    for (int32_t i = 0; i < ${inner}; i++) {
        to[i] = ${join('to[i]', 'updates[i]')};
    }
  `;
}
