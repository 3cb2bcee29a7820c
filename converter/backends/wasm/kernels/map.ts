import { arithmeticOf } from '../../../ops/arithmetic.ts';
import { mapTable } from '../../../ops/map.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { floatMap, tableMap } from '../routines/map.ts';
import { wholeMap } from '../routines/whole.ts';

/** Float functions four elements at a time, of whole numbers one; functions of quantized bytes by a table. */
export const map: WasmKernel<'map'> = {
  problem(step) {
    const { type } = inputOf(step, 0);
    const [from, to] = [type.dtype, outputOf(step).type.dtype];
    if (from === to && (from === 'float32' || from === 'int8' || from === 'uint8')) return null;
    if (arithmeticOf(type) === 'whole') return null;
    return unsupported(`a function of ${from} elements is not supported`, 'use float32 or int8');
  },
  scratchBytes: () => 0,
  inPlaceInputs: () => [0],
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
    const table = new Uint8Array(mapTable(expression, input, output, rounding).buffer);
    emitter.call(tableMap, null, { ...values, table: emitter.constant(table) });
  },
};
