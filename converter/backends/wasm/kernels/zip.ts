import { arithmeticOf } from '../../../ops/arithmetic.ts';
import type { Clamp } from '../../../ops/definition.ts';
import { zipConstants } from '../../../ops/zip.ts';
import { isRealFunction, isShortWhole } from '../../../ops/zip-function.ts';
import { InternalError } from '../../../problem.ts';
import { dtypeBytes, integerRange } from '../../../tensor/dtype.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf, zeroPointOf } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/elementwise.ts';
import { broadcastLoops } from '../packing/broadcast.ts';
import { splitSum } from '../packing/split-sum.ts';
import { nestedLoops } from '../routines/nested.ts';
import { splitZip } from '../routines/split-zip.ts';
import { storedZip } from '../routines/stored.ts';
import { wholePairs } from '../routines/whole.ts';
import { floatZip, integerZip, wholeZip } from '../routines/zip.ts';

/** The clamp as int32 bounds. */
function wholeBounds({ min, max }: Clamp): { readonly min: number; readonly max: number } {
  const range = integerRange.int32;
  return { min: Math.max(range.min, Math.ceil(min)), max: Math.min(range.max, Math.floor(max)) };
}

/** float32 and int8 in vectors, whole numbers one by one; operands repeat in any pattern. */
export const zip: WasmKernel<'zip'> = {
  problem(step) {
    const { type } = outputOf(step);
    const { dtype } = type;
    if (dtype === 'float32' || dtype === 'int8' || dtype === 'uint8') return null;
    const symmetric = [...step.inputs, ...step.outputs].every((operand) => zeroPointOf(operand.type) === 0);
    if (dtype === 'int16' && symmetric) return null;
    if (arithmeticOf(type) === 'whole') return null;
    return unsupported(`"${step.op.attributes.fn}" of ${dtype} tensors is not supported`, 'use float32, int8 or int32');
  },
  scratchBytes: () => 0,
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  emit(emitter) {
    const { step, rounding } = emitter;
    const { fn, clamp } = step.op.attributes;
    const [a, b, output] = [inputOf(step, 0).type, inputOf(step, 1).type, outputOf(step).type];
    if (elementCount(output.shape) === 0) return;
    const broadcast = broadcastLoops(a.shape, b.shape, output.shape);
    const values = { a: emitter.input(0), b: emitter.input(1), target: emitter.output };
    if (arithmeticOf(output) === 'whole' && !(output.dtype === 'int32' && isShortWhole(fn))) {
      if (fn === 'atan2') throw new InternalError(`atan2 of ${output.dtype}`);
      const bytes = dtypeBytes[output.dtype];
      const loops = nestedLoops(
        output.shape,
        [a, b, output].map(({ shape }) => ({ shape, bytes })),
      );
      const bounds = output.dtype === 'int32' ? wholeBounds(clamp) : null;
      emitter.call(wholePairs, { fn, dtype: output.dtype, bounds, loops }, values);
    } else if (output.dtype === 'int16' || output.dtype === 'uint8') {
      const constants = zipConstants(step.op.attributes, a, b, output, rounding);
      emitter.call(storedZip, { constants, dtype: output.dtype, rounding, broadcast }, values);
    } else if (output.dtype === 'int8') {
      const constants = zipConstants(step.op.attributes, a, b, output, rounding);
      const split = splitSum(constants);
      if (split !== null) emitter.call(splitZip, { sum: split, broadcast }, values);
      else emitter.call(integerZip, { constants, rounding, broadcast }, values);
    } else if (output.dtype === 'int32' && isShortWhole(fn)) {
      emitter.call(wholeZip, { fn, broadcast, ...wholeBounds(clamp) }, values);
    } else {
      if (!isRealFunction(fn)) throw new InternalError(`${fn} of float32`);
      const min = Number.isFinite(clamp.min) ? clamp.min : null;
      const max = Number.isFinite(clamp.max) ? clamp.max : null;
      emitter.call(floatZip, { fn, broadcast, min, max }, values);
    }
  },
};
