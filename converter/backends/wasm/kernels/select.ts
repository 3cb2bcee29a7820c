import { disjoint } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { selectElements } from '../routines/compare.ts';
import { nestedLoops } from '../routines/nested.ts';

/** Elements of any dtype, one at a time. */
export const select: WasmKernel<'select'> = {
  problem: () => null,
  scratchBytes: () => 0,
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { step } = emitter;
    const output = outputOf(step).type;
    if (output.shape.includes(0)) return;
    const types = [inputOf(step, 0).type, inputOf(step, 1).type, inputOf(step, 2).type, output];
    const operands = types.map((type) => ({ shape: type.shape, bytes: dtypeBytes[type.dtype] }));
    const config = { bytes: dtypeBytes[output.dtype], loops: nestedLoops(output.shape, operands) };
    const [condition, a, b] = [emitter.input(0), emitter.input(1), emitter.input(2)];
    emitter.call(selectElements, config, { condition, a, b, target: emitter.output });
  },
};
