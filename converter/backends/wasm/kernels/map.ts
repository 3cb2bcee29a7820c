import { arithmeticOf } from '../../../ops/arithmetic.ts';
import { type IntegerMap, integerMap, mapTable } from '../../../ops/map.ts';
import type { Step } from '../../../plan/program.ts';
import { invariant } from '../../../problem.ts';
import type { Rounding } from '../../../tensor/requantize.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/elementwise.ts';
import { floatMap, tableMap } from '../routines/map.ts';
import { storedMap } from '../routines/stored.ts';
import { wholeMap } from '../routines/whole.ts';

/** The integer form of a function of int16 that stays int16, or null. */
function shortForm(step: Step<'map'>, rounding: Rounding = 'exact'): IntegerMap | null {
  const [input, output] = [inputOf(step, 0).type, outputOf(step).type];
  if (input.dtype !== 'int16' || output.dtype !== 'int16' || arithmeticOf(input) !== 'quantized') return null;
  return integerMap(step.op.attributes.expression, input, output, rounding);
}

/** Float functions four elements at a time, of whole numbers one; functions of quantized bytes by a table. */
export const map: WasmKernel<'map'> = {
  problem(step) {
    const { type } = inputOf(step, 0);
    const [from, to] = [type.dtype, outputOf(step).type.dtype];
    if (from === to && (from === 'float32' || from === 'int8' || from === 'uint8')) return null;
    if (arithmeticOf(type) === 'whole') return null;
    if (shortForm(step) !== null) return null;
    return unsupported(`a function of ${from} elements is not supported`, 'use float32 or int8');
  },
  scratchBytes: () => 0,
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  emit(emitter) {
    const { step, rounding } = emitter;
    const input = inputOf(step, 0).type;
    const output = outputOf(step).type;
    const values = { source: emitter.input(0), target: emitter.output, count: elementCount(input.shape) };
    const { expression } = step.op.attributes;
    if (input.dtype === 'float32') return emitter.call(floatMap, expression, values);
    if (arithmeticOf(input) === 'whole') {
      return emitter.call(wholeMap, { expression, dtype: input.dtype }, values);
    }
    if (input.dtype === 'int16') {
      const form = shortForm(step, rounding);
      invariant(form !== null, `${step.name} has no integer form`);
      return emitter.call(storedMap, { form, dtype: 'int16', rounding }, values);
    }
    const table = new Uint8Array(mapTable(expression, input, output, rounding).buffer);
    emitter.call(tableMap, null, { ...values, table: emitter.constant(table) });
  },
};
