import { requantizeConstants } from '../../../ops/requantize.ts';
import { integerRange, isQuantizedDType } from '../../../tensor/dtype.ts';
import { scaleAt } from '../../../tensor/quantization.ts';
import { elementCount } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { unsupported } from '../../kernel.ts';
import { requantized, without } from '../integer/literal.ts';
import type { CKernel } from '../kernel.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter, zeroPointOf } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/nest.ts';
import { c } from '../quote.ts';

/** Integers to integers of another scale, zero point or type. */
export const requantize: CKernel<'requantize'> = {
  problem(step) {
    const [input, output] = [inputOf(step, 0).type, outputOf(step).type];
    if (input.dtype !== 'int32' && (output.dtype !== 'int32' || fitsInt32(input, output))) return null;
    return unsupported(
      `requantizing ${input.dtype} to ${output.dtype} has no C kernel`,
      'use int8, uint8 or int16, or a larger scale of the result',
    );
  },
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  scratchBytes: () => 0,

  emit(step, { rounding }) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { inputZero, factor, outputZero, bounds, isByteFlip } = requantizeConstants(
      input.type,
      output.type,
      rounding,
    );
    const element = elementType(output.type);
    const value = requantized(without('input[i]', inputZero), factor, rounding, boundOf(input.type), outputZero);
    const limited = `(${element})thimble_limit(${value}, ${bounds.min}, ${bounds.max})`;
    const stored = element === 'int32_t' ? value : limited;
    return {
      stem: 'requantize',
      parameters: [inputParameter('input', input), outputParameter('output', output)],
      body: c`
        for (int32_t i = 0; i < ${elementCount(output.type.shape)}; i++) {
            output[i] = ${isByteFlip ? `(${element})(input[i] ${element === 'int8_t' ? '-' : '+'} 128)` : stored};
        }
      `,
      headers: ['integer.h'],
    };
  },
};

/** The largest magnitude of a stored integer without its zero point. */
function boundOf(type: TensorType): number {
  const { min, max } = integerRange[isQuantizedDType(type.dtype) ? type.dtype : 'int8'];
  const zero = zeroPointOf(type);
  return Math.max(Math.abs(min - zero), Math.abs(max - zero));
}

/** Whether no result leaves 32 bits, so that none has to be limited. */
function fitsInt32(input: TensorType, output: TensorType): boolean {
  const factor = scaleAt(input.quantization, 0) / scaleAt(output.quantization, 0);
  return boundOf(input) * factor + Math.abs(zeroPointOf(output)) < 2 ** 30;
}
