import { arithmeticOf } from '../../../ops/arithmetic.ts';
import { type IntegerMap, integerMap, mapTable } from '../../../ops/map.ts';
import type { Step } from '../../../plan/program.ts';
import { invariant } from '../../../problem.ts';
import type { Rounding } from '../../../tensor/requantize.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import { expressionText } from '../float/expression.ts';
import { requantized, without } from '../integer/literal.ts';
import { wholeExpressionText, wholeTypes } from '../integer/whole-number.ts';
import type { CKernel } from '../kernel.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter, tableParameter } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/nest.ts';
import { c } from '../quote.ts';

/** The integer form of a function of int16 that stays int16, or null. */
function shortForm(step: Step<'map'>, rounding: Rounding = 'exact'): IntegerMap | null {
  const [input, output] = [inputOf(step, 0).type, outputOf(step).type];
  if (input.dtype !== 'int16' || output.dtype !== 'int16' || arithmeticOf(input) !== 'quantized') return null;
  return integerMap(step.op.attributes.expression, input, output, rounding);
}

/** The function of the difference `d` from the input's zero point. */
function shortText(form: IntegerMap, rounding: Rounding): string {
  const scaled = (x: string, factor: IntegerMap['factor']) => requantized(x, factor, rounding, 65536, form.zero);
  if (form.kind === 'leaky') return `d < 0 ? ${scaled('d', form.leak)} : ${scaled('d', form.factor)}`;
  return scaled(form.kind === 'abs' ? '(d < 0 ? -d : d)' : 'd', form.factor);
}

/** An elementwise function: written out in float32 and for whole numbers, a table of 256 entries on 8 bits. */
export const map: CKernel<'map'> = {
  problem(step) {
    const { type } = inputOf(step, 0);
    const { dtype } = type;
    if (dtype === 'float32' || dtype === 'int8' || dtype === 'uint8' || arithmeticOf(type) === 'whole') return null;
    if (shortForm(step) !== null) return null;
    return unsupported(`a map of ${dtype} has no C kernel`, 'convert the model to int8 or float32');
  },
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  scratchBytes: () => 0,

  emit(step, { rounding }) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { expression } = step.op.attributes;
    const parameters = [inputParameter('input', input), outputParameter('output', output)];
    const count = elementCount(output.type.shape);
    if (input.type.dtype === 'float32') {
      const body = c`
        for (int32_t i = 0; i < ${count}; i++) {
            const float x = input[i];
            output[i] = ${expressionText(expression)};
        }
      `;
      return { stem: 'map', parameters, body, headers: ['real.h'] };
    }
    if (arithmeticOf(input.type) === 'whole') {
      const types = wholeTypes(input.type.dtype);
      const body = c`
        for (int32_t i = 0; i < ${count}; i++) {
            const ${types.value} x = input[i];
            output[i] = (${types.element})${wholeExpressionText(expression, types)};
        }
      `;
      return { stem: 'map', parameters, body, headers: [] };
    }
    if (input.type.dtype === 'int16') {
      const form = shortForm(step, rounding);
      invariant(form !== null, `${step.name} has no integer form`);
      const body = c`
        for (int32_t i = 0; i < ${count}; i++) {
            const int32_t d = ${without('input[i]', form.inputZero)};
            const int32_t value = ${shortText(form, rounding)};
            output[i] = (int16_t)thimble_limit(value, ${form.bounds.min}, ${form.bounds.max});
        }
      `;
      return { stem: 'map', parameters, body, headers: ['integer.h'] };
    }
    const stored = mapTable(expression, input.type, output.type, rounding);
    const element = elementType(output.type);
    const data = element === 'uint8_t' ? Uint8Array.from(stored) : stored;
    return {
      stem: 'map',
      parameters: [...parameters, tableParameter('table', { kind: 'numbers', stem: 'table', element, data })],
      body: c`
        for (int32_t i = 0; i < ${count}; i++) {
            output[i] = table[(uint8_t)input[i]];
        }
      `,
      headers: [],
    };
  },
};
