import { expOfNegative, multiplyFixed, reciprocal } from '../tensor/fixed-point.ts';
import { scaleAt } from '../tensor/quantization.ts';
import {
  type FixedPointMultiplier,
  quantizeMultiplier,
  requantize,
  roundingDivideByPowerOfTwo,
} from '../tensor/requantize.ts';
import { dimension, elementCount } from '../tensor/shape.ts';
import { dataAs, numericData, type Tensor, type TensorType, zeros } from '../tensor/tensor.ts';
import { arity, firstOf, quantizedPerTensor, sameDtype } from './check.ts';
import { at, type OpDefinition } from './definition.ts';

/** exp(beta * x) / sum(exp(beta * x)) over the last axis. */
export interface SoftmaxAttributes {
  readonly beta: number;
}

/** Integer bits of scaled differences (Q5.26) and of the sum of exponentials (Q12.19), TFLite `reference/softmax.h`. */
export const scaledDifferenceBits = 5;
export const accumulationBits = 12;

/** How differences of stored integers become Q5.26, and the smallest difference that still counts. */
export interface DifferenceScaling {
  readonly factor: FixedPointMultiplier;
  readonly smallestDifference: number;
}

/** TFLite `PreprocessSoftmaxScaling` and `CalculateInputRadius`. */
export function differenceScaling(beta: number, inputScale: number): DifferenceScaling {
  const real = Math.min(Math.fround(beta) * inputScale * 2 ** (31 - scaledDifferenceBits), 2 ** 31 - 1);
  const factor = quantizeMultiplier(real);
  const largest = ((2 ** scaledDifferenceBits - 1) * 2 ** (31 - scaledDifferenceBits)) / 2 ** factor.shift;
  return { factor, smallestDifference: -Math.floor(largest) };
}

/**
 * The whole exponential of an int8 softmax as a table: entry d is exp(-d * beta * scale) in Q0.31 for a difference d to
 * the largest element of the row, 0 for differences that TFLite leaves out.
 *
 * A row is then computed with {@link softmaxSumTerm}, {@link softmaxReciprocal} and {@link softmaxOutput}:
 * sum = sum of softmaxSumTerm(table[max - x]); r = softmaxReciprocal(sum); y = softmaxOutput(table[max - x], r).
 */
export function softmaxExpTable({ beta }: SoftmaxAttributes, inputType: TensorType): Int32Array {
  const { factor, smallestDifference } = differenceScaling(beta, scaleAt(inputType.quantization, 0));
  return Int32Array.from({ length: 256 }, (_, d) =>
    -d < smallestDifference ? 0 : expOfNegative(requantize(-d, factor, 'exact'), scaledDifferenceBits),
  );
}

/** What an exponential of the table adds to the sum in Q12.19: (exp + 2^11) >> 12. At most 2^19, so 4096 terms fit. */
export function softmaxSumTerm(exponential: number): number {
  return roundingDivideByPowerOfTwo(exponential, accumulationBits);
}

/** 1/sum of a row: y = round(fraction * exp * 2^-31) * 2^-shift. */
export interface SoftmaxReciprocal {
  readonly fraction: number;
  /** Right shift of the output, 0 ... 31. */
  readonly shift: number;
}

/** `bits` are those of the output, 8 or 16. */
export function softmaxReciprocal(sum: number, bits: number): SoftmaxReciprocal {
  const { fraction, bitsOverUnit } = reciprocal(sum, accumulationBits);
  return { fraction, shift: bitsOverUnit + 31 - bits };
}

/** The int8 or int16 output: two rounding steps, then the zero point, the least number of so many bits, and saturation above. */
export function softmaxOutput(exponential: number, { fraction, shift }: SoftmaxReciprocal, bits: number): number {
  const half = 2 ** (bits - 1);
  return Math.min(half - 1, roundingDivideByPowerOfTwo(multiplyFixed(fraction, exponential), shift) - half);
}

/** Bits of an integer output. */
export function softmaxBits({ dtype }: TensorType): 8 | 16 {
  return dtype === 'int16' ? 16 : 8;
}

function evaluateInt8(attributes: SoftmaxAttributes, input: Tensor, output: Tensor): void {
  const table = softmaxExpTable(attributes, input.type);
  const x = dataAs(input, 'int8');
  const y = numericData(output);
  const bits = softmaxBits(output.type);
  const depth = dimension(input.type.shape, -1);
  for (let row = 0; row < x.length; row += depth) {
    const values = x.subarray(row, row + depth);
    const max = values.reduce((a, b) => Math.max(a, b), -128);
    const sum = values.reduce((total, value) => total + softmaxSumTerm(at(table, max - value)), 0);
    const inverse = softmaxReciprocal(sum, bits);
    values.forEach((value, i) => {
      y[row + i] = softmaxOutput(at(table, max - value), inverse, bits);
    });
  }
}

function evaluateFloat({ beta }: SoftmaxAttributes, input: Tensor, output: Tensor): void {
  const x = dataAs(input, 'float32');
  const y = dataAs(output, 'float32');
  const depth = dimension(input.type.shape, -1);
  for (let row = 0; row < x.length; row += depth) {
    const values = x.subarray(row, row + depth);
    const max = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = values.map((value) => Math.exp(Math.fround(Math.fround(value - max) * Math.fround(beta))));
    const sum = powers.reduce((total, power) => Math.fround(total + power), 0);
    y.set(
      powers.map((power) => power / sum),
      row,
    );
  }
}

/** Most elements of an int8 row, of softmax and of log-softmax: the fixed-point sum of a longer one can leave 32 bits. */
export const longestStoredRow = 4095;

/**
 * float32 or int8. An int8 output has scale 1/256 and zero point -128, an int16 one of int8 inputs 1/65536 and -32768; the arithmetic
 * is that of the TFLite reference kernel under both roundings.
 */
export const softmax: OpDefinition<SoftmaxAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'opaque',

  outputShapes(_, inputs) {
    const shape = at(inputs, 0).shape;
    if (shape.length === 0) throw new RangeError('a scalar has no axis to normalize');
    return [shape];
  },

  violations(_, inputs, outputs) {
    return firstOf(
      () => arity(inputs, 1, outputs),
      () => sameDtype(inputs, ['float32', 'int8']),
      () =>
        at(inputs, 0).dtype === 'int8' && at(outputs, 0).dtype === 'int16'
          ? []
          : sameDtype([...inputs, ...outputs], ['float32', 'int8']),
      () => quantizedPerTensor([...inputs, ...outputs]),
      () => {
        const { dtype, shape } = at(inputs, 0);
        const row = shape.at(-1) ?? 1;
        return dtype === 'int8' && row > longestStoredRow
          ? [`an int8 row of ${row} elements is too long; the limit is ${longestStoredRow}`]
          : [];
      },
      () => {
        const { dtype, quantization: q } = at(outputs, 0);
        if (dtype === 'float32' || q.kind !== 'per-tensor') return [];
        const steps = 2 ** softmaxBits(at(outputs, 0));
        const fits = q.zeroPoint === -steps / 2 && Math.abs(q.scale * steps - 1) < 0.001;
        if (fits) return [];
        const needs = `scale 1/${steps} and zero point ${-steps / 2}`;
        return [`the ${dtype} output needs ${needs}, not ${q.scale} and ${q.zeroPoint}`];
      },
    );
  },

  evaluate(attributes, inputs, outputs) {
    const input = at(inputs, 0);
    const output = zeros(at(outputs, 0));
    if (input.type.dtype === 'int8') evaluateInt8(attributes, input, output);
    else evaluateFloat(attributes, input, output);
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
