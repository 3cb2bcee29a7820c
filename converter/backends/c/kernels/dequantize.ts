import { scaleAt, zeroPointAt } from '../../../tensor/quantization.ts';
import { dimension, elementCount, stridesOf } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import type { CKernel } from '../kernel.ts';
import { floatLiteral } from '../literal.ts';
import { inputOf, inputParameter, outputOf, outputParameter, tableParameter } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/nest.ts';
import { c } from '../quote.ts';

/** Integers -> float32: scale * (x - zero point), with one scale or one per channel. */
export const dequantize: CKernel<'dequantize'> = {
  problem(step) {
    if (inputOf(step, 0).type.dtype !== 'float16') return null;
    return unsupported('dequantizing float16 at run time has no C kernel', 'fold the constant when converting');
  },
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { quantization, shape } = input.type;
    const parameters = [inputParameter('input', input), outputParameter('output', output)];
    const count = elementCount(shape);
    if (quantization.kind !== 'per-channel') {
      const [scale, zero] = [floatLiteral(scaleAt(quantization, 0)), zeroPointAt(quantization, 0)];
      const body = c`
        for (int32_t i = 0; i < ${count}; i++) {
            output[i] = ${scale} * (float)(${zero === 0 ? 'input[i]' : `input[i] - ${zero}`});
        }
      `;
      return { stem: 'dequantize', parameters, body, headers: [] };
    }
    const channels = dimension(shape, quantization.axis);
    const stride = stridesOf(shape)[quantization.axis] ?? 1;
    const scales = Float32Array.from(quantization.scales);
    const zeros = Int32Array.from(quantization.zeroPoints);
    return {
      stem: 'dequantize',
      parameters: [
        ...parameters,
        tableParameter('scales', { kind: 'numbers', stem: 'scales', element: 'float', data: scales }),
        tableParameter('zeros', { kind: 'numbers', stem: 'zeros', element: 'int32_t', data: zeros }),
      ],
      body: c`
        for (int32_t i = 0; i < ${count}; i++) {
            const int32_t channel = i / ${stride} % ${channels};
            output[i] = scales[channel] * (float)(input[i] - zeros[channel]);
        }
      `,
      headers: [],
    };
  },
};
