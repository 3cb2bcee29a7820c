import { expOfNegative, logOfOneOrMore } from '../tensor/fixed-point.ts';
import { scaleAt } from '../tensor/quantization.ts';
import { quantizeMultiplier, requantize, roundingDivideByPowerOfTwo } from '../tensor/requantize.ts';
import { dimension, elementCount } from '../tensor/shape.ts';
import { dataAs, type Tensor, type TensorType, zeros } from '../tensor/tensor.ts';
import { arity, firstOf, quantizedPerTensor, sameDtype } from './check.ts';
import { at, type OpDefinition } from './definition.ts';
import { accumulationBits, differenceScaling, scaledDifferenceBits, softmaxSumTerm } from './softmax.ts';

/** log(softmax(x)) over the last axis. */
export type LogSoftmaxAttributes = Readonly<Record<string, never>>;

/**
 * What an int8 log-softmax needs, TFLite `reference/log_softmax.h`. Tables are indexed by d = max - x, 0 ... 255.
 *
 * sum = sum of sumTerms[d]; log = logSoftmaxLog(sum); y = logSoftmaxOutput(constants, d, log).
 */
export interface LogSoftmaxConstants {
  /** exp(-d * scale) in Q12.19. */
  readonly sumTerms: Int32Array;
  /** -d * scale in Q5.26. */
  readonly scaledDifferences: Int32Array;
  readonly smallestDifference: number;
  /** From Q5.26 back to differences of stored integers. */
  readonly reverse: { readonly multiplier: number; readonly shift: number };
}

export function logSoftmaxConstants(inputType: TensorType): LogSoftmaxConstants {
  const { factor, smallestDifference } = differenceScaling(1, scaleAt(inputType.quantization, 0));
  const scaled = (d: number) => requantize(-d, factor, 'exact');
  return {
    sumTerms: Int32Array.from({ length: 256 }, (_, d) =>
      -d < smallestDifference ? 0 : softmaxSumTerm(expOfNegative(scaled(d), scaledDifferenceBits)),
    ),
    scaledDifferences: Int32Array.from({ length: 256 }, (_, d) => scaled(d)),
    smallestDifference,
    reverse: quantizeMultiplier(2 ** (31 - factor.shift) / factor.multiplier),
  };
}

/** ln(sum) in Q5.26 for a sum in Q12.19. */
export function logSoftmaxLog(sum: number): number {
  return logOfOneOrMore(sum, accumulationBits, scaledDifferenceBits);
}

/** The smallest difference -d whose logarithm is still representable: outputs below it are -128. */
export function logSoftmaxFloor(constants: LogSoftmaxConstants, log: number): number {
  const representable = requantize((log - 2 ** 31) | 0, constants.reverse, 'exact');
  return Math.max(constants.smallestDifference - 1, representable);
}

/** The int8 output for difference `d`, with output scale 1/16 and zero point 127. */
export function logSoftmaxOutput(constants: LogSoftmaxConstants, d: number, log: number): number {
  if (-d <= logSoftmaxFloor(constants, log)) return -128;
  const q5 = (at(constants.scaledDifferences, d) - log) | 0;
  return Math.max(-128, Math.min(127, roundingDivideByPowerOfTwo(q5, 31 - scaledDifferenceBits - 4) + 127));
}

function evaluateInt8(input: Tensor, output: Tensor): void {
  const constants = logSoftmaxConstants(input.type);
  const x = dataAs(input, 'int8');
  const y = dataAs(output, 'int8');
  const depth = dimension(input.type.shape, -1);
  for (let row = 0; row < x.length; row += depth) {
    const values = x.subarray(row, row + depth);
    const max = values.reduce((a, b) => Math.max(a, b), -128);
    const sum = values.reduce((total, value) => total + at(constants.sumTerms, max - value), 0);
    const log = logSoftmaxLog(sum);
    values.forEach((value, i) => {
      y[row + i] = logSoftmaxOutput(constants, max - value, log);
    });
  }
}

function evaluateFloat(input: Tensor, output: Tensor): void {
  const x = dataAs(input, 'float32');
  const y = dataAs(output, 'float32');
  const depth = dimension(input.type.shape, -1);
  for (let row = 0; row < x.length; row += depth) {
    const values = x.subarray(row, row + depth);
    const max = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const sum = values.reduce((total, v) => Math.fround(total + Math.fround(Math.exp(Math.fround(v - max)))), 0);
    const log = Math.fround(Math.log(sum));
    y.set(
      values.map((value) => Math.fround(value - max) - log),
      row,
    );
  }
}

/** float32 or int8. The int8 output has scale 1/16 and zero point 127; both roundings use the TFLite arithmetic. */
export const logSoftmax: OpDefinition<LogSoftmaxAttributes> = {
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
      () => sameDtype([...inputs, ...outputs], ['float32', 'int8']),
      () => quantizedPerTensor([...inputs, ...outputs]),
      () => {
        const { dtype, quantization: q } = at(outputs, 0);
        if (dtype !== 'int8' || q.kind !== 'per-tensor') return [];
        const input = at(inputs, 0).quantization;
        if (input.kind === 'per-tensor' && input.scale < 2 ** -24)
          return [`the input scale ${input.scale} is too small`];
        const fits = q.zeroPoint === 127 && q.scale === 1 / 16;
        return fits ? [] : [`the int8 output needs scale 1/16 and zero point 127, not ${q.scale} and ${q.zeroPoint}`];
      },
    );
  },

  evaluate(_, inputs, outputs) {
    const input = at(inputs, 0);
    const output = zeros(at(outputs, 0));
    if (input.type.dtype === 'int8') evaluateInt8(input, output);
    else evaluateFloat(input, output);
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
