import { at } from '../../../ops/definition.ts';
import type { TransposeAttributes } from '../../../ops/transpose.ts';
import { type Shape, stridesOf } from '../../../tensor/shape.ts';
import type { CKernel } from '../kernel.ts';
import { moveText } from '../movement.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { type MovePlaces, moveOverlaps } from '../overlap/movement.ts';

/** Output axis i is input axis permutation[i]. */
export const transpose: CKernel<'transpose'> = {
  problem: () => null,
  overlaps: ({ attributes }, inputs, outputs) =>
    moveOverlaps(placesOf(attributes, at(inputs, 0).shape, at(outputs, 0).shape), inputs, outputs),
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const body = moveText({
      ...placesOf(step.op.attributes, input.type.shape, output.type.shape),
      element: elementType(output.type),
      from: 'input',
      to: 'output',
    });
    const parameters = [inputParameter('input', input), outputParameter('output', output)];
    return { stem: 'transpose', parameters, body, headers: [] };
  },
};

function placesOf({ permutation }: TransposeAttributes, from: Shape, to: Shape): MovePlaces {
  const strides = stridesOf(from);
  const fromStrides = permutation.map((axis) => strides[axis] ?? 0);
  return { shape: to, fromStart: 0, fromStrides, toStart: 0, toStrides: stridesOf(to) };
}
