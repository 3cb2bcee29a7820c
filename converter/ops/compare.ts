import { integerRange } from '../tensor/dtype.ts';
import { broadcastOffsets } from '../tensor/layout.ts';
import { quantizationsEqual, scaleAt, zeroPointAt } from '../tensor/quantization.ts';
import { quantizeMultiplier, requantize } from '../tensor/requantize.ts';
import { broadcastShapes, elementCount, formatShape } from '../tensor/shape.ts';
import { numericData, type Tensor, type TensorType, zeros } from '../tensor/tensor.ts';
import { arithmeticOf, oneArithmetic, realElements } from './arithmetic.ts';
import { arity, everyDtype, firstOf, sameDtype } from './check.ts';
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

/** Bits that quantized values get below the point before they compare. */
const finerBits = 8;

/**
 * What quantized bytes of `type` compare by: round(256 * real value), for every byte as an unsigned index. TFLite
 * `reference/comparisons.h` (`ComparisonWithScaling`) takes this for numbers of any two scales, so that values closer than 1/256
 * may be equal.
 */
export function comparisonKeys({ dtype, quantization }: TensorType): Int32Array {
  const factor = quantizeMultiplier(scaleAt(quantization, 0));
  const zero = zeroPointAt(quantization, 0);
  const keys = new Int32Array(256);
  const { min } = integerRange[dtype === 'uint8' ? 'uint8' : 'int8'];
  for (let stored = min; stored < min + 256; stored++) {
    keys[stored & 255] = requantize((stored - zero) * 2 ** finerBits, factor, 'exact');
  }
  return keys;
}

/** Whether quantized elements compare as they are stored: equal scales, under which no two bytes share a key. */
export function comparesAsStored(a: TensorType, b: TensorType): boolean {
  if (arithmeticOf(a) !== 'quantized') return true;
  return quantizationsEqual(a.quantization, b.quantization) && scaleAt(a.quantization, 0) >= 2 ** -finerBits;
}

function quantizedViolations(inputs: readonly TensorType[]): string[] {
  const stored = inputs.filter((type) => arithmeticOf(type) === 'quantized');
  if (stored.length === 0) return [];
  if (stored.some(({ dtype }) => dtype === 'int16')) return ['quantized int16 tensors do not compare; dequantize them'];
  const wide = stored.find(({ quantization }) => scaleAt(quantization, 0) >= 1);
  return wide === undefined ? [] : ['quantized tensors compare by scales below 1; dequantize them'];
}

/** The elements by which a tensor compares. */
function comparable(tensor: Tensor, asStored: boolean): ArrayLike<number | bigint> {
  switch (arithmeticOf(tensor.type)) {
    case 'real':
      return realElements(tensor);
    case 'whole':
      return tensor.data;
    case 'quantized': {
      const keys = comparisonKeys(tensor.type);
      return asStored ? tensor.data : Int32Array.from(numericData(tensor), (stored) => at(keys, stored & 255));
    }
  }
}

/** Any dtype; int8 and uint8 with one scale below 1 each compare as the real numbers that they stand for. */
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
      () => sameDtype(inputs, everyDtype),
      () => oneArithmetic(inputs),
      () => quantizedViolations(inputs),
      () => (at(outputs, 0).dtype === 'bool' ? [] : [`a comparison gives bool, not ${at(outputs, 0).dtype}`]),
    );
  },

  evaluate({ relation }, inputs, outputs) {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    const output = zeros(at(outputs, 0));
    const aAt = broadcastOffsets(a.type.shape, output.type.shape);
    const bAt = broadcastOffsets(b.type.shape, output.type.shape);
    const asStored = comparesAsStored(a.type, b.type);
    const [x, y] = [comparable(a, asStored), comparable(b, asStored)];
    for (let i = 0; i < output.data.length; i++) {
      output.data[i] = holds(relation, at(x, at(aAt, i)), at(y, at(bAt, i))) ? 1 : 0;
    }
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
