import { dtypeBytes } from '../../../tensor/dtype.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { compareElements } from '../routines/compare.ts';
import { nestedLoops } from '../routines/nested.ts';
import { isScalarDType, type ScalarDType } from '../routines/scalar.ts';

function scalarOf(dtype: string): ScalarDType | null {
  if (dtype === 'bool') return 'uint8';
  return isScalarDType(dtype) ? dtype : null;
}

/** One element at a time. */
export const compare: WasmKernel<'compare'> = {
  problem(step) {
    const { dtype } = inputOf(step, 0).type;
    return scalarOf(dtype) === null ? unsupported(`comparing ${dtype} is not supported`, 'use int32') : null;
  },
  scratchBytes: () => 0,
  inPlaceInputs: () => [],
  emit(emitter) {
    const { step } = emitter;
    const [a, b, output] = [inputOf(step, 0).type, inputOf(step, 1).type, outputOf(step).type];
    const dtype = scalarOf(a.dtype);
    if (output.shape.includes(0) || dtype === null) return;
    const operands = [a, b, output].map((type) => ({ shape: type.shape, bytes: dtypeBytes[type.dtype] }));
    const config = { relation: step.op.attributes.relation, dtype, loops: nestedLoops(output.shape, operands) };
    emitter.call(compareElements, config, { a: emitter.input(0), b: emitter.input(1), target: emitter.output });
  },
};
