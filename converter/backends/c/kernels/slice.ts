import { at } from '../../../ops/definition.ts';
import type { SliceAttributes } from '../../../ops/slice.ts';
import { type Shape, stridesOf } from '../../../tensor/shape.ts';
import type { CKernel } from '../kernel.ts';
import { moveText } from '../movement.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { type MovePlaces, moveOverlaps } from '../overlap/movement.ts';

/** Elements at a regular distance along each axis, forwards or backwards. */
export const slice: CKernel<'slice'> = {
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
    return { stem: 'slice', parameters, body, headers: [] };
  },
};

function placesOf({ begin, strides }: SliceAttributes, from: Shape, to: Shape): MovePlaces {
  const own = stridesOf(from);
  return {
    shape: to,
    fromStart: begin.reduce((sum, first, axis) => sum + first * (own[axis] ?? 0), 0),
    fromStrides: strides.map((stride, axis) => stride * (own[axis] ?? 0)),
    toStart: 0,
    toStrides: stridesOf(to),
  };
}
