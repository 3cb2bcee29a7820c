import { numberToFloat16 } from '../tensor/float16.ts';
import { placeElements, stridedOffsets } from '../tensor/layout.ts';
import { elementCount, stridesOf } from '../tensor/shape.ts';
import { filled, type TensorType } from '../tensor/tensor.ts';
import { moverViolations } from './check.ts';
import { at, type OpDefinition } from './definition.ts';
import { quantizeReal } from './quantized.ts';

/** Adds `before[axis]` and `after[axis]` elements of the real number `value` around each axis. */
export interface PadAttributes {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly value: number;
}

/** The stored element that stands for the real padding value in a tensor of `type`. */
export function padElement({ value }: PadAttributes, type: TensorType): number {
  if (type.dtype === 'float16') return numberToFloat16(value);
  return type.quantization.kind === 'per-tensor' ? quantizeReal(value, type) : value;
}

export const pad: OpDefinition<PadAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: ({ before, after }) => (before.at(-1) === 0 && after.at(-1) === 0 ? 'keeps' : 'opaque'),

  outputShapes({ before, after }, inputs) {
    const shape = at(inputs, 0).shape;
    if (before.length !== shape.length || after.length !== shape.length) {
      throw new RangeError(`padding is given for ${before.length} axes of ${shape.length}`);
    }
    return [shape.map((size, axis) => size + at(before, axis) + at(after, axis))];
  },

  violations({ before, after, value }, inputs, outputs) {
    const wrong = moverViolations(inputs, outputs);
    if ([...before, ...after].some((n) => !Number.isInteger(n) || n < 0)) wrong.push('padding must not be negative');
    if (inputs[0]?.quantization.kind === 'per-channel' && value !== 0) wrong.push('padding per channel must be 0');
    return wrong;
  },

  evaluate(attributes, inputs, outputs) {
    const type = at(outputs, 0);
    const output = filled(type, padElement(attributes, type));
    const strides = stridesOf(output.type.shape);
    const start = attributes.before.reduce((sum, count, axis) => sum + count * at(strides, axis), 0);
    const input = at(inputs, 0);
    placeElements(input, stridedOffsets(input.type.shape, strides, start), output);
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
