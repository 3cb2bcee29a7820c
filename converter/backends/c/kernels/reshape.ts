import { disjoint } from '../../../plan/overlap.ts';
import { byteSize } from '../../../tensor/tensor.ts';
import type { CKernel } from '../kernel.ts';
import { inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';

/** A copy. Reshapes of activations are views and have no step; those of constants do, and moves, which may lie over their source. */
export const reshape: CKernel<'reshape'> = {
  problem: () => null,
  overlaps: (_, inputs) => disjoint(inputs),
  scratchBytes: () => 0,

  emit(step) {
    const output = outputOf(step);
    const isMove = step.overlaps[0] === Number.NEGATIVE_INFINITY;
    return {
      stem: isMove ? 'move' : 'copy',
      parameters: [inputParameter('input', inputOf(step, 0)), outputParameter('output', output)],
      body: isMove
        ? `thimble_move((unsigned char *)output, (const unsigned char *)input, ${byteSize(output.type)});`
        : `memcpy(output, input, ${byteSize(output.type)});`,
      headers: isMove ? ['move.h'] : [],
    };
  },
};
