import { broadcastOffsets } from '../tensor/layout.ts';
import { broadcastShapes, elementCount, formatShape } from '../tensor/shape.ts';
import { wholeData, zeros } from '../tensor/tensor.ts';
import { arity, firstOf, sameDtype, sameQuantization } from './check.ts';
import { at, type OpDefinition } from './definition.ts';

export type Comparison = 'equal' | 'not-equal' | 'less' | 'less-equal' | 'greater' | 'greater-equal';

/** Whether a stands in the relation to b, elementwise with NumPy broadcasting, as bool. */
export interface CompareAttributes {
  readonly relation: Comparison;
}

/** The relation of two numbers; with a NaN only `not-equal` holds. */
export function holds<T extends number | bigint>(relation: Comparison, a: T, b: T): boolean {
  switch (relation) {
    case 'equal':
      return a === b;
    case 'not-equal':
      return a !== b;
    case 'less':
      return a < b;
    case 'less-equal':
      return a <= b;
    case 'greater':
      return a > b;
    case 'greater-equal':
      return a >= b;
  }
}

/** float32, int32, int64, bool, or int8 and uint8 of equal scales, which compare as they are stored. */
export const compare: OpDefinition<CompareAttributes> = {
  inputNames: ['a', 'b'],
  variadic: false,
  channelRule: () => 'opaque',

  outputShapes(_, inputs) {
    const [a, b] = [at(inputs, 0).shape, at(inputs, 1).shape];
    const shape = broadcastShapes(a, b);
    if (shape === null) throw new RangeError(`shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast`);
    return [shape];
  },

  violations(_, inputs, outputs) {
    return firstOf(
      () => arity(inputs, 2, outputs),
      () => sameDtype(inputs, ['float32', 'int8', 'uint8', 'int32', 'int64', 'bool']),
      () => (at(inputs, 0).dtype.endsWith('8') ? sameQuantization(inputs) : []),
      () => (at(outputs, 0).dtype === 'bool' ? [] : [`a comparison gives bool, not ${at(outputs, 0).dtype}`]),
    );
  },

  evaluate({ relation }, inputs, outputs) {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    const output = zeros(at(outputs, 0));
    const aAt = broadcastOffsets(a.type.shape, output.type.shape);
    const bAt = broadcastOffsets(b.type.shape, output.type.shape);
    const real = a.type.dtype === 'float32';
    const [x, y] = real ? [a.data, b.data] : [wholeData(a), wholeData(b)];
    for (let i = 0; i < output.data.length; i++) {
      const [p, q] = [at<number | bigint>(x, at(aAt, i)), at<number | bigint>(y, at(bAt, i))];
      output.data[i] = holds(relation, p, q) ? 1 : 0;
    }
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
