import type { Clamp } from '../../../ops/definition.ts';
import { zipConstants } from '../../../ops/zip.ts';
import { InternalError } from '../../../problem.ts';
import { integerRange } from '../../../tensor/dtype.ts';
import { elementCount, shapesEqual } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf, typeAt } from '../operand.ts';
import { broadcastLoops } from '../packing/broadcast.ts';
import { nestedLoops } from '../routines/nested.ts';
import { wideZip } from '../routines/wide.ts';
import { floatZip, integerZip, wholeZip } from '../routines/zip.ts';

/** The clamp as int32 bounds. */
function wholeBounds({ min, max }: Clamp): { readonly min: number; readonly max: number } {
  const range = integerRange.int32;
  return { min: Math.max(range.min, Math.ceil(min)), max: Math.min(range.max, Math.floor(max)) };
}

/** float32 and int8 in vectors, int32 and int64 one by one; operands repeat in any pattern. */
export const zip: WasmKernel<'zip'> = {
  problem(step) {
    const { dtype } = outputOf(step).type;
    if (dtype === 'float32' || dtype === 'int8' || dtype === 'int32' || dtype === 'int64') return null;
    return unsupported(`"${step.op.attributes.fn}" of ${dtype} tensors is not supported`, 'use float32, int8 or int32');
  },
  scratchBytes: () => 0,
  inPlaceInputs(_, inputs, outputs) {
    const to = typeAt(outputs, 0).shape;
    return [0, 1].filter((index) => shapesEqual(typeAt(inputs, index).shape, to));
  },
  emit(emitter) {
    const { step, rounding } = emitter;
    const { fn, clamp } = step.op.attributes;
    const [a, b, output] = [inputOf(step, 0).type, inputOf(step, 1).type, outputOf(step).type];
    if (elementCount(output.shape) === 0) return;
    const broadcast = broadcastLoops(a.shape, b.shape, output.shape);
    const values = { a: emitter.input(0), b: emitter.input(1), target: emitter.output };
    if (output.dtype === 'int8') {
      const constants = zipConstants(step.op.attributes, a, b, output, rounding);
      emitter.call(integerZip, { constants, rounding, broadcast }, values);
    } else if (output.dtype === 'int64') {
      const operands = [a, b, output].map(({ shape }) => ({ shape, bytes: 8 }));
      emitter.call(wideZip, { fn, loops: nestedLoops(output.shape, operands) }, values);
    } else if (output.dtype === 'int32') {
      emitter.call(wholeZip, { fn, broadcast, ...wholeBounds(clamp) }, values);
    } else {
      if (fn === 'floor-div' || fn === 'floor-mod') throw new InternalError(`${fn} of float32`);
      const min = Number.isFinite(clamp.min) ? clamp.min : null;
      const max = Number.isFinite(clamp.max) ? clamp.max : null;
      emitter.call(floatZip, { fn, broadcast, min, max }, values);
    }
  },
};
