import { type CastRange, castRangeOf } from '../../../ops/cast.ts';
import type { DType } from '../../../tensor/dtype.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/elementwise.ts';
import { castLanes, castScalars } from '../routines/cast.ts';
import { isLaneType, type LaneType } from '../routines/elementwise.ts';

/** A bool is a byte of 0 or 1. */
function laneOf(dtype: DType): LaneType | null {
  if (dtype === 'bool') return 'uint8';
  return isLaneType(dtype) ? dtype : null;
}

/** What single elements are cast to and from. */
function isScalar(dtype: DType): boolean {
  return laneOf(dtype) !== null || dtype === 'uint16' || dtype === 'uint32' || dtype.endsWith('int64');
}

/** Where real numbers saturate, if that is not what 64 bits do themselves. */
function exactRange(to: DType): CastRange | null {
  return to.endsWith('int64') ? null : castRangeOf(to);
}

/** Four elements at a time, or one where a type has no lanes. */
export const cast: WasmKernel<'cast'> = {
  problem(step) {
    const wrong = [inputOf(step, 0).type.dtype, outputOf(step).type.dtype].find((dtype) => !isScalar(dtype));
    return wrong === undefined ? null : unsupported(`casting ${wrong} is not supported`, 'use float32 or int32');
  },
  scratchBytes: () => 0,
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  emit(emitter) {
    const [input, output] = [inputOf(emitter.step, 0).type, outputOf(emitter.step).type];
    const [from, to] = [laneOf(input.dtype), laneOf(output.dtype)];
    const count = elementCount(output.shape);
    if (count === 0) return;
    if (from === null || to === null) {
      const config = { from: input.dtype, to: output.dtype, range: exactRange(output.dtype) };
      return emitter.call(castScalars, config, { source: emitter.input(0), target: emitter.output, count });
    }
    const range = input.dtype === 'float32' && to !== 'float32' ? castRangeOf(to) : null;
    const config = { from, to, truth: output.dtype === 'bool', range };
    emitter.call(castLanes, config, { source: emitter.input(0), target: emitter.output, count });
  },
};
