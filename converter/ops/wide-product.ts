import { requantizeWide } from '../tensor/requantize.ts';
import { dataAs, type Tensor } from '../tensor/tensor.ts';
import type { Accumulator } from './accumulator.ts';
import { at, type Clamp } from './definition.ts';
import { accumulatorFactors, clampTo, integerClamp } from './quantized.ts';

/**
 * Sums of products of int16 data and int8 weights, in 64 bits: TFLite `reference/integer_ops/conv.h` with int64 biases, and
 * its sisters for depthwise convolutions, matrix products and transposed convolutions. A number holds such a sum exactly.
 */
export function wideAccumulator(
  input: Tensor,
  weights: Tensor,
  bias: Tensor,
  output: Tensor,
  clamp: Clamp,
): Accumulator {
  const [x, w] = [dataAs(input, 'int16'), dataAs(weights, 'int8')];
  const [b, y] = [dataAs(bias, 'int32'), dataAs(output, 'int16')];
  const factors = accumulatorFactors(input.type, weights.type, output.type, b.length, 'exact');
  const bounds = integerClamp(clamp, output.type);
  let total = 0;
  return {
    product(from, weight, count) {
      for (let i = 0; i < count; i++) total += (x[from + i] ?? 0) * (w[weight + i] ?? 0);
    },
    emit(index, channel) {
      y[index] = clampTo(requantizeWide(total + at(b, channel), at(factors, channel)), bounds);
      total = 0;
    },
  };
}
