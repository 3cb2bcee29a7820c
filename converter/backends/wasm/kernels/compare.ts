import { comparesAsStored, comparisonKeys } from '../../../ops/compare.ts';
import { disjoint } from '../../../plan/overlap.ts';
import { dtypeBytes, toBytes } from '../../../tensor/dtype.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { compareByKeys, compareElements } from '../routines/compare.ts';
import { nestedLoops } from '../routines/nested.ts';

/** One element at a time; quantized bytes of different scales through tables. */
export const compare: WasmKernel<'compare'> = {
  problem: () => null,
  scratchBytes: () => 0,
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { step } = emitter;
    const [a, b, output] = [inputOf(step, 0).type, inputOf(step, 1).type, outputOf(step).type];
    if (output.shape.includes(0)) return;
    const operands = [a, b, output].map((type) => ({ shape: type.shape, bytes: dtypeBytes[type.dtype] }));
    const { relation } = step.op.attributes;
    const loops = nestedLoops(output.shape, operands);
    const values = { a: emitter.input(0), b: emitter.input(1), target: emitter.output };
    if (comparesAsStored(a, b)) return emitter.call(compareElements, { relation, dtype: a.dtype, loops }, values);
    const [aKeys, bKeys] = [a, b].map((type) => emitter.constant(toBytes(comparisonKeys(type))));
    if (aKeys !== undefined && bKeys !== undefined) {
      emitter.call(compareByKeys, { relation, loops }, { ...values, aKeys, bKeys });
    }
  },
};
