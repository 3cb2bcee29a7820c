import { at } from '../../../ops/definition.ts';
import { disjoint } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { dimension, stridesOf } from '../../../tensor/shape.ts';
import { addressPlus, type WasmKernel } from '../kernel.ts';
import { outputOf } from '../operand.ts';
import { simplified, stridedCopy } from '../routines/strided-copy.ts';

/** One copy per input, of any dtype. */
export const concat: WasmKernel<'concat'> = {
  problem: () => null,
  scratchBytes: () => 0,
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { step } = emitter;
    const { axis } = step.op.attributes;
    const { dtype, shape } = outputOf(step).type;
    const bytes = dtypeBytes[dtype];
    const to = stridesOf(shape);
    let start = 0;
    step.inputs.forEach(({ type }, index) => {
      const from = stridesOf(type.shape);
      const loops = type.shape.map((count, i) => ({
        count,
        sourceStep: bytes * at(from, i),
        targetStep: bytes * at(to, i),
      }));
      const target = addressPlus(emitter.output, start * bytes);
      start += dimension(type.shape, axis) * at(to, axis);
      if (type.shape.includes(0)) return;
      emitter.call(stridedCopy, simplified(loops, bytes), { source: emitter.input(index), target });
    });
  },
};
