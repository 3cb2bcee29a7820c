import { disjoint } from '../../../plan/overlap.ts';
import { dimension, stridesOf } from '../../../tensor/shape.ts';
import type { CKernel } from '../kernel.ts';
import { moveText, placeAll } from '../movement.ts';
import { elementType, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { c } from '../quote.ts';

/** Joins tensors along an axis: one copy per input. */
export const concat: CKernel<'concat'> = {
  problem: () => null,
  overlaps: (_, inputs) => disjoint(inputs),
  scratchBytes: () => 0,

  emit(step) {
    const output = outputOf(step);
    const { axis } = step.op.attributes;
    const strides = stridesOf(output.type.shape);
    const element = elementType(output.type);
    let start = 0;
    const moves = step.inputs.map(({ type }, i) => {
      const move = placeAll(type.shape, element, `input_${i}`, 'output', start, strides);
      start += dimension(type.shape, axis) * (strides[axis] ?? 1);
      return moveText(move);
    });
    return {
      stem: 'concat',
      parameters: [
        ...step.inputs.map((operand, i) => inputParameter(`input_${i}`, operand)),
        outputParameter('output', output),
      ],
      body: c`
        ${moves}
      `,
      headers: [],
    };
  },
};
