import { scaleAt, zeroPointAt } from '../tensor/quantization.ts';
import { type Rounding, requantize } from '../tensor/requantize.ts';
import { dimension } from '../tensor/shape.ts';
import { dataAs, type Tensor, type TensorType } from '../tensor/tensor.ts';
import type { Accumulator } from './accumulator.ts';
import { arity, factorFits, firstOf } from './check.ts';
import { at, type Clamp } from './definition.ts';
import { type HybridMode, hybridResult, quantizeBatches } from './hybrid.ts';
import { accumulatorFactors, clampTo, integerClamp } from './quantized.ts';
import { wideAccumulator } from './wide-product.ts';

/** What convolutions and fully connected layers share beside their geometry. */
export interface ProductAttributes {
  readonly clamp: Clamp;
  readonly hybrid: HybridMode;
}

/** An accumulator from [input, weights, bias] into `output`, of which the last axis are the channels. */
export function accumulatorFor(
  inputs: readonly Tensor[],
  output: Tensor,
  attributes: ProductAttributes,
  batches: number,
  rounding: Rounding,
): Accumulator {
  const [input, weights, bias] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
  if (input.type.dtype === 'int8') return integerAccumulator(input, weights, bias, output, attributes.clamp, rounding);
  if (input.type.dtype === 'int16') return wideAccumulator(input, weights, bias, output, attributes.clamp);
  if (weights.type.dtype === 'int8') return hybridAccumulator(input, weights, bias, output, attributes, batches);
  return floatAccumulator(input, weights, bias, output, attributes.clamp);
}

/** TFLite `reference/conv.h`: products and sums each rounded to float32, the bias last. */
function floatAccumulator(input: Tensor, weights: Tensor, bias: Tensor, output: Tensor, clamp: Clamp): Accumulator {
  const [x, w] = [dataAs(input, 'float32'), dataAs(weights, 'float32')];
  const [b, y] = [dataAs(bias, 'float32'), dataAs(output, 'float32')];
  let total = 0;
  return {
    product(from, weight, count) {
      let sum = total;
      for (let i = 0; i < count; i++) sum = Math.fround(sum + Math.fround((x[from + i] ?? 0) * (w[weight + i] ?? 0)));
      total = sum;
    },
    emit(index, channel) {
      y[index] = clampTo(Math.fround(total + at(b, channel)), clamp);
      total = 0;
    },
  };
}

/** TFLite `reference/integer_ops/conv.h`, with a weight zero point as in the uint8 kernels. */
function integerAccumulator(
  input: Tensor,
  weights: Tensor,
  bias: Tensor,
  output: Tensor,
  clamp: Clamp,
  rounding: Rounding,
): Accumulator {
  const [x, w] = [dataAs(input, 'int8'), dataAs(weights, 'int8')];
  const [b, y] = [dataAs(bias, 'int32'), dataAs(output, 'int8')];
  const inputZero = zeroPointAt(input.type.quantization, 0);
  const weightZero = zeroPointAt(weights.type.quantization, 0);
  const outputZero = zeroPointAt(output.type.quantization, 0);
  const factors = accumulatorFactors(input.type, weights.type, output.type, b.length, rounding);
  const bounds = integerClamp(clamp, output.type);
  let total = 0;
  return {
    product(from, weight, count) {
      let sum = total;
      for (let i = 0; i < count; i++) {
        sum = (sum + ((x[from + i] ?? 0) - inputZero) * ((w[weight + i] ?? 0) - weightZero)) | 0;
      }
      total = sum;
    },
    emit(index, channel) {
      const sum = (total + at(b, channel)) | 0;
      y[index] = clampTo(requantize(sum, at(factors, channel), rounding) + outputZero, bounds);
      total = 0;
    },
  };
}

/** TFLite `HybridConvPerChannel` and its symmetric sisters. */
function hybridAccumulator(
  input: Tensor,
  weights: Tensor,
  bias: Tensor,
  output: Tensor,
  { clamp, hybrid }: ProductAttributes,
  batches: number,
): Accumulator {
  const quantized = quantizeBatches(dataAs(input, 'float32'), batches, hybrid);
  const x = quantized.values;
  const w = dataAs(weights, 'int8');
  const [b, y] = [dataAs(bias, 'float32'), dataAs(output, 'float32')];
  const weightZero = zeroPointAt(weights.type.quantization, 0);
  let total = 0;
  let weightTotal = 0;
  return {
    product(from, weight, count) {
      for (let i = 0; i < count; i++) {
        const value = (w[weight + i] ?? 0) - weightZero;
        total = (total + (x[from + i] ?? 0) * value) | 0;
        weightTotal = (weightTotal + value) | 0;
      }
    },
    emit(index, channel, batch) {
      const scale = scaleAt(weights.type.quantization, channel);
      const sum = hybridResult(quantized, batch, total, weightTotal, scale);
      y[index] = clampTo(Math.fround(sum + at(b, channel)), clamp);
      total = 0;
      weightTotal = 0;
    },
  };
}

/** Sentences about the dtypes and quantization of [input, weights, bias] -> output; `channelAxis` is that of the weights. */
export function productViolations(
  { hybrid }: ProductAttributes,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
  channelAxis: number,
): string[] {
  return firstOf(
    () => arity(inputs, 3, outputs),
    () => {
      const [weights, bias] = [at(inputs, 1), at(inputs, 2)];
      const channels = dimension(weights.shape, channelAxis);
      if (bias.shape.length !== 1 || bias.shape[0] !== channels) return [`the bias must have ${channels} elements`];
      const dtypes = [...inputs, ...outputs].map((type) => type.dtype).join(' ');
      if (dtypes === 'float32 float32 float32 float32') {
        return hybrid === 'none' ? [] : ['a hybrid operator needs int8 weights'];
      }
      if (dtypes === 'float32 int8 float32 float32') {
        const wrong = weightViolations(weights, channels, channelAxis);
        return hybrid === 'none' ? ['float32 input with int8 weights needs a hybrid mode', ...wrong] : wrong;
      }
      if (dtypes === 'int16 int8 int32 int16') return wideViolations(inputs, outputs, channels, channelAxis);
      if (dtypes !== 'int8 int8 int32 int8') {
        return [`dtypes ${dtypes} (input, weights, bias, output) are not supported; use float32, int8 or hybrid`];
      }
      const wrong = weightViolations(weights, channels, channelAxis);
      for (const type of [at(inputs, 0), at(outputs, 0)]) {
        if (type.quantization.kind !== 'per-tensor') wrong.push('input and output need one scale and zero point each');
      }
      return wrong.length > 0 ? wrong : factorViolations(at(inputs, 0), weights, at(outputs, 0));
    },
  );
}

/** int16 data: zero points of 0 everywhere, and factors within the range of `requantizeWide`. */
function wideViolations(
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
  channels: number,
  channelAxis: number,
): string[] {
  const [input, weights, output] = [at(inputs, 0), at(inputs, 1), at(outputs, 0)];
  const wrong = weightViolations(weights, channels, channelAxis);
  for (const { quantization } of [input, output]) {
    if (quantization.kind !== 'per-tensor' || quantization.zeroPoint !== 0)
      wrong.push('int16 data needs one scale and a zero point of 0');
  }
  if (weights.quantization.kind === 'per-tensor' && weights.quantization.zeroPoint !== 0)
    wrong.push('weights of int16 data need zero points of 0');
  return wrong.length > 0 ? wrong : factorViolations(input, weights, output, 2 ** 7);
}

function factorViolations(input: TensorType, weights: TensorType, output: TensorType, below = 2 ** 30): string[] {
  const { quantization } = weights;
  const scales = quantization.kind === 'per-channel' ? quantization.scales : [scaleAt(quantization, 0)];
  const largest = scales.reduce((a, b) => Math.max(a, b), 0);
  // In float32, as the factors of weights with one scale.
  const product = Math.fround(scaleAt(input.quantization, 0) * largest);
  return factorFits(product / scaleAt(output.quantization, 0), 'input scale x weight scale / output scale', below);
}

function weightViolations({ quantization }: TensorType, channels: number, channelAxis: number): string[] {
  if (quantization.kind === 'none') return ['int8 weights need scales'];
  if (quantization.kind === 'per-tensor') return [];
  const wrong: string[] = [];
  if (quantization.axis !== channelAxis) wrong.push(`weight scales must lie along axis ${channelAxis}`);
  if (quantization.scales.length !== channels) wrong.push(`${channels} channels need as many weight scales`);
  if (quantization.zeroPoints.some((zero) => zero !== 0)) wrong.push('weights per channel need zero points of 0');
  return wrong;
}
