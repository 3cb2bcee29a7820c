import { pickElements, stridedOffsets } from '../tensor/layout.ts';
import { dimension, elementCount, formatShape, stridesOf } from '../tensor/shape.ts';
import { moverViolations } from './check.ts';
import { at, type OpDefinition } from './definition.ts';

/** Output element [i,j,...] is input element [begin + i*stride, ...]; strides may be negative; one of 0 repeats an element. */
export interface SliceAttributes {
  readonly begin: readonly number[];
  readonly size: readonly number[];
  readonly strides: readonly number[];
}

export const slice: OpDefinition<SliceAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule({ begin, size, strides }, inputs) {
    const channels = dimension(at(inputs, 0).shape, -1);
    return begin.at(-1) === 0 && size.at(-1) === channels && strides.at(-1) === 1 ? 'keeps' : 'opaque';
  },

  outputShapes({ begin, size, strides }, inputs) {
    const shape = at(inputs, 0).shape;
    if (begin.length !== shape.length || size.length !== shape.length || strides.length !== shape.length) {
      throw new RangeError(`begin, size and strides must each have ${shape.length} entries`);
    }
    shape.forEach((length, axis) => {
      const first = at(begin, axis);
      const count = at(size, axis);
      const last = first + (count - 1) * at(strides, axis);
      if (count < 0 || (count > 0 && (Math.min(first, last) < 0 || Math.max(first, last) >= length))) {
        throw new RangeError(`the slice leaves shape ${formatShape(shape)} along axis ${axis}`);
      }
    });
    return [size];
  },

  violations: (_, inputs, outputs) => moverViolations(inputs, outputs),

  evaluate({ begin, strides }, inputs, outputs) {
    const input = at(inputs, 0);
    const type = at(outputs, 0);
    const own = stridesOf(input.type.shape);
    const start = begin.reduce((sum, first, axis) => sum + first * at(own, axis), 0);
    const steps = strides.map((stride, axis) => stride * at(own, axis));
    return [pickElements(input, stridedOffsets(type.shape, steps, start), type)];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
