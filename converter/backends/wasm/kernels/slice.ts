import { at } from '../../../ops/definition.ts';
import { disjoint } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { stridesOf } from '../../../tensor/shape.ts';
import { addressPlus, type WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { simplified, stridedCopy } from '../routines/strided-copy.ts';

/** Elements of any dtype; strides may be negative. */
export const slice: WasmKernel<'slice'> = {
  problem: () => null,
  scratchBytes: () => 0,
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { dtype, shape } = outputOf(emitter.step).type;
    if (shape.includes(0)) return;
    const bytes = dtypeBytes[dtype];
    const { begin, strides } = emitter.step.op.attributes;
    const from = stridesOf(inputOf(emitter.step, 0).type.shape);
    const to = stridesOf(shape);
    const start = begin.reduce((sum, first, axis) => sum + first * at(from, axis), 0);
    const loops = shape.map((count, axis) => ({
      count,
      sourceStep: bytes * at(strides, axis) * at(from, axis),
      targetStep: bytes * at(to, axis),
    }));
    const source = addressPlus(emitter.input(0), start * bytes);
    emitter.call(stridedCopy, simplified(loops, bytes), { source, target: emitter.output });
  },
};
