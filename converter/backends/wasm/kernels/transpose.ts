import { at } from '../../../ops/definition.ts';
import { disjoint } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { stridesOf } from '../../../tensor/shape.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { simplified, stridedCopy } from '../routines/strided-copy.ts';

/** Elements of any dtype, in the order of the output. */
export const transpose: WasmKernel<'transpose'> = {
  problem: () => null,
  scratchBytes: () => 0,
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { dtype, shape } = outputOf(emitter.step).type;
    const bytes = dtypeBytes[dtype];
    const from = stridesOf(inputOf(emitter.step, 0).type.shape);
    const to = stridesOf(shape);
    const { permutation } = emitter.step.op.attributes;
    const loops = shape.map((count, axis) => ({
      count,
      sourceStep: bytes * at(from, at(permutation, axis)),
      targetStep: bytes * at(to, axis),
    }));
    if (shape.includes(0)) return;
    emitter.call(stridedCopy, simplified(loops, bytes), { source: emitter.input(0), target: emitter.output });
  },
};
