import { integerRange } from '../../../tensor/dtype.ts';
import { scaleAt } from '../../../tensor/quantization.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import type { CKernel } from '../kernel.ts';
import { floatLiteral } from '../literal.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter, zeroPointOf } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/nest.ts';
import { c } from '../quote.ts';

/** float32 -> integers of 8 or 16 bits: one float32 division, ties away from zero. */
export const quantize: CKernel<'quantize'> = {
  problem(step) {
    const { dtype } = outputOf(step).type;
    if (dtype === 'int8' || dtype === 'uint8' || dtype === 'int16') return null;
    return unsupported(`quantizing to ${dtype} has no C kernel`, 'quantize to int8, uint8 or int16');
  },
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const zero = zeroPointOf(output.type);
    const { min, max } =
      integerRange[output.type.dtype === 'uint8' ? 'uint8' : output.type.dtype === 'int16' ? 'int16' : 'int8'];
    const [low, high] = [floatLiteral(min - zero), floatLiteral(max - zero)];
    return {
      stem: 'quantize',
      parameters: [inputParameter('input', input), outputParameter('output', output)],
      body: c`
        for (int32_t i = 0; i < ${elementCount(output.type.shape)}; i++) {
            float steps = roundf(input[i] / ${floatLiteral(scaleAt(output.type.quantization, 0))});
            steps = steps != steps ? 0.0f : steps < ${low} ? ${low} : steps > ${high} ? ${high} : steps;
            output[i] = (${elementType(output.type)})((int32_t)steps${zero === 0 ? '' : ` + ${zero}`});
        }
      `,
      headers: ['math.h'],
    };
  },
};
