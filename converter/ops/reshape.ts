import { elementCount, formatShape, type Shape } from '../tensor/shape.ts';
import { moverViolations } from './check.ts';
import { at, type OpDefinition } from './definition.ts';

/** The same elements in row-major order under another shape. */
export interface ReshapeAttributes {
  readonly shape: Shape;
}

export const reshape: OpDefinition<ReshapeAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'opaque',

  outputShapes({ shape }, inputs) {
    const input = at(inputs, 0).shape;
    if (elementCount(input) !== elementCount(shape)) {
      throw new RangeError(`shape ${formatShape(input)} cannot become ${formatShape(shape)}: the sizes differ`);
    }
    return [shape];
  },

  violations: (_, inputs, outputs) => moverViolations(inputs, outputs),

  evaluate: (_, inputs, outputs) => [{ type: at(outputs, 0), data: at(inputs, 0).data.slice() }],

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
