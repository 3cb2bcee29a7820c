import { disjoint } from '../../../plan/overlap.ts';
import { byteSize } from '../../../tensor/tensor.ts';
import type { CKernel } from '../kernel.ts';
import { inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';

/** A copy. Reshapes of activations are views and have no step; those of constants do. */
export const reshape: CKernel<'reshape'> = {
  problem: () => null,
  inPlaceInputs: () => [],
  overlaps: (_, inputs) => disjoint(inputs),
  scratchBytes: () => 0,

  emit(step) {
    const output = outputOf(step);
    return {
      stem: 'copy',
      parameters: [inputParameter('input', inputOf(step, 0)), outputParameter('output', output)],
      body: `memcpy(output, input, ${byteSize(output.type)});`,
      headers: [],
    };
  },
};
