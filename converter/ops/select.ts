import { broadcastOffsets } from '../tensor/layout.ts';
import { broadcastShapes, elementCount, formatShape, type Shape } from '../tensor/shape.ts';
import { zeros } from '../tensor/tensor.ts';
import { arity, everyDtype, firstOf, sameDtype, sameQuantization } from './check.ts';
import { at, type OpDefinition } from './definition.ts';

/** `condition ? a : b` elementwise, with NumPy broadcasting of all three. */
export type SelectAttributes = Readonly<Record<string, never>>;

/** The condition is bool; a, b and the output have one dtype and scale. */
export const select: OpDefinition<SelectAttributes> = {
  inputNames: ['condition', 'a', 'b'],
  variadic: false,
  channelRule: () => 'opaque',

  outputShapes(_, inputs) {
    const shapes = inputs.map((type) => type.shape);
    const joined = shapes.reduce<Shape | null>((all, shape) => (all === null ? null : broadcastShapes(all, shape)), []);
    if (joined === null) throw new RangeError(`shapes ${shapes.map(formatShape).join(', ')} do not broadcast`);
    return [joined];
  },

  violations(_, inputs, outputs) {
    const moved = [...inputs.slice(1), ...outputs];
    return firstOf(
      () => arity(inputs, 3, outputs),
      () => (at(inputs, 0).dtype === 'bool' ? [] : [`the condition has dtype ${at(inputs, 0).dtype}, not bool`]),
      () => sameDtype(moved, everyDtype),
      () => sameQuantization(moved),
      () => (at(outputs, 0).quantization.kind === 'per-channel' ? ['scales per channel are not supported'] : []),
    );
  },

  evaluate(_, inputs, outputs) {
    const output = zeros(at(outputs, 0));
    const places = inputs.map((input) => broadcastOffsets(input.type.shape, output.type.shape));
    for (let i = 0; i < output.data.length; i++) {
      const side = at<number | bigint>(at(inputs, 0).data, at(at(places, 0), i)) ? 1 : 2;
      output.data[i] = at<number | bigint>(at(inputs, side).data, at(at(places, side), i));
    }
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
