import { disjoint } from '../../../plan/overlap.ts';
import { stridesOf } from '../../../tensor/shape.ts';
import type { CKernel } from '../kernel.ts';
import { moveText } from '../movement.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';

/** Elements at a regular distance along each axis, forwards or backwards. */
export const slice: CKernel<'slice'> = {
  problem: () => null,
  overlaps: (_, inputs) => disjoint(inputs),
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { begin, strides } = step.op.attributes;
    const own = stridesOf(input.type.shape);
    const body = moveText({
      shape: output.type.shape,
      element: elementType(output.type),
      from: 'input',
      fromStart: begin.reduce((sum, first, axis) => sum + first * (own[axis] ?? 0), 0),
      fromStrides: strides.map((stride, axis) => stride * (own[axis] ?? 0)),
      to: 'output',
      toStart: 0,
      toStrides: stridesOf(output.type.shape),
    });
    const parameters = [inputParameter('input', input), outputParameter('output', output)];
    return { stem: 'slice', parameters, body, headers: [] };
  },
};
