import { disjoint } from '../../../plan/overlap.ts';
import { stridesOf } from '../../../tensor/shape.ts';
import type { CKernel } from '../kernel.ts';
import { moveText } from '../movement.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';

/** Output axis i is input axis permutation[i]. */
export const transpose: CKernel<'transpose'> = {
  problem: () => null,
  overlaps: (_, inputs) => disjoint(inputs),
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const strides = stridesOf(input.type.shape);
    const body = moveText({
      shape: output.type.shape,
      element: elementType(output.type),
      ...{ from: 'input', fromStart: 0, to: 'output', toStart: 0 },
      fromStrides: step.op.attributes.permutation.map((axis) => strides[axis] ?? 0),
      toStrides: stridesOf(output.type.shape),
    });
    const parameters = [inputParameter('input', input), outputParameter('output', output)];
    return { stem: 'transpose', parameters, body, headers: [] };
  },
};
