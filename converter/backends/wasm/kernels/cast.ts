import { castRange } from '../../../ops/cast.ts';
import { type DType, dtypeBytes } from '../../../tensor/dtype.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf, typeAt } from '../operand.ts';
import { castLanes } from '../routines/cast.ts';
import { isLaneType, type LaneType } from '../routines/elementwise.ts';
import { wideCast } from '../routines/wide.ts';

/** A bool is a byte of 0 or 1. */
function laneOf(dtype: DType): LaneType | null {
  if (dtype === 'bool') return 'uint8';
  return isLaneType(dtype) ? dtype : null;
}

/** Four elements at a time; int64 one by one. */
export const cast: WasmKernel<'cast'> = {
  problem(step) {
    const dtypes = [inputOf(step, 0).type.dtype, outputOf(step).type.dtype];
    const wrong = dtypes.find((dtype) => dtype !== 'int64' && laneOf(dtype) === null);
    return wrong === undefined ? null : unsupported(`casting ${wrong} is not supported`, 'use float32 or int32');
  },
  scratchBytes: () => 0,
  inPlaceInputs: (_, inputs, outputs) =>
    dtypeBytes[typeAt(outputs, 0).dtype] <= dtypeBytes[typeAt(inputs, 0).dtype] ? [0] : [],
  emit(emitter) {
    const [input, output] = [inputOf(emitter.step, 0).type, outputOf(emitter.step).type];
    const count = elementCount(output.shape);
    const [from, to] = [laneOf(input.dtype), laneOf(output.dtype)];
    if ((input.dtype === 'int64' || output.dtype === 'int64') && count > 0) {
      const config = { from: from ?? 'int64', to: to ?? 'int64', truth: output.dtype === 'bool' };
      return emitter.call(wideCast, config, { source: emitter.input(0), target: emitter.output, count });
    }
    if (from === null || to === null || count === 0) return;
    const range = input.dtype === 'float32' && to !== 'float32' ? (castRange[to] ?? null) : null;
    const config = { from, to, truth: output.dtype === 'bool', range };
    emitter.call(castLanes, config, { source: emitter.input(0), target: emitter.output, count });
  },
};
