import { requantizeConstants } from '../../../ops/requantize.ts';
import { dtypeBytes, integerRange, isQuantizedDType } from '../../../tensor/dtype.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import { requantized, without } from '../integer/literal.ts';
import type { CKernel } from '../kernel.ts';
import { intLiteral } from '../literal.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter, zeroPointOf } from '../operand.ts';
import { c } from '../quote.ts';

/** Integers to integers of another scale, zero point or type. */
export const requantize: CKernel<'requantize'> = {
  problem(step, { rounding }) {
    const [input, output] = [inputOf(step, 0).type, outputOf(step).type];
    const dtypes = [input.dtype, output.dtype];
    if (!dtypes.includes('int32')) return null;
    // What cannot leave 32 bits on the way needs no care.
    const { factor, outputZero } = requantizeConstants(input, output, rounding);
    const isSmall = factor.shift <= 15 && outputZero === 0 && zeroPointOf(input) === 0;
    if (input.dtype !== 'int32' && isSmall) return null;
    return unsupported(`requantizing ${dtypes.join(' to ')} has no C kernel`, 'use int8, uint8 or int16');
  },
  inPlaceInputs: (_, inputs, outputs) => {
    const [input, output] = [inputs[0]?.dtype, outputs[0]?.dtype];
    return input !== undefined && output !== undefined && dtypeBytes[input] === dtypeBytes[output] ? [0] : [];
  },
  scratchBytes: () => 0,

  emit(step, { rounding }) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { inputZero, factor, outputZero, bounds, isByteFlip } = requantizeConstants(
      input.type,
      output.type,
      rounding,
    );
    const { dtype } = input.type;
    const { min, max } = integerRange[isQuantizedDType(dtype) ? dtype : 'int8'];
    const bound = Math.max(Math.abs(min - inputZero), Math.abs(max - inputZero));
    const element = elementType(output.type);
    const value = requantized(without('input[i]', inputZero), factor, rounding, bound, outputZero);
    return {
      stem: 'requantize',
      parameters: [inputParameter('input', input), outputParameter('output', output)],
      body: c`
        for (int32_t i = 0; i < ${elementCount(output.type.shape)}; i++) {
            output[i] = ${isByteFlip ? `(${element})(input[i] ${element === 'int8_t' ? '-' : '+'} 128)` : `(${element})thimble_limit(${value}, ${intLiteral(bounds.min)}, ${intLiteral(bounds.max)})`};
        }
      `,
      headers: ['integer.h'],
    };
  },
};
