import { at } from '../definition.ts';
import { type AxisRelation, type AxisRule, fixed, inputAxis, type Operand, outputAxis, tied } from './relation.ts';

/**
 * Output elements depend on the input elements at the same place, or along axes of size 1, at the only place. The operands in the
 * order of NumPy broadcasting: axes are counted from the last one.
 */
export function broadcastRelations(inputs: readonly Operand[], outputs: readonly Operand[]): AxisRelation[] {
  const { shape } = at(outputs, 0).type;
  return inputs.flatMap(({ type }, index) =>
    type.shape.flatMap((size, axis) => {
      const to = axis + shape.length - type.shape.length;
      return size === shape[to] ? [tied(inputAxis(index, axis), outputAxis(0, to), size)] : [];
    }),
  );
}

/** An operator on single elements of operands of one shape, or that broadcast. */
export function elementwise<Attributes>(): AxisRule<Attributes> {
  return {
    relations: (_, inputs, outputs) => broadcastRelations(inputs, outputs),
    narrowed: (attributes) => attributes,
  };
}

/**
 * An operator that works along one axis of its only input, for each place along the others on its own; its outputs have the same axes.
 */
export function along<Attributes>(
  axisOf: (attributes: Attributes, rank: number) => number,
  reason: (attributes: Attributes) => string,
): AxisRule<Attributes> {
  return {
    relations(attributes, inputs, outputs) {
      const { shape } = at(inputs, 0).type;
      const axis = axisOf(attributes, shape.length);
      return outputs.flatMap((_, index) =>
        shape.flatMap((size, other) => {
          if (other !== axis) return [tied(inputAxis(0, other), outputAxis(index, other), size)];
          return [fixed(inputAxis(0, axis), reason(attributes)), fixed(outputAxis(index, axis), reason(attributes))];
        }),
      );
    },
    narrowed: (attributes) => attributes,
  };
}
