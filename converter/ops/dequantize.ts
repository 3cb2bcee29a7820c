import { float16ToNumber } from '../tensor/float16.ts';
import { scaleAt, zeroPointAt } from '../tensor/quantization.ts';
import { dimension, elementCount, stridesOf } from '../tensor/shape.ts';
import { dataAs, numericData, type Tensor, zeros } from '../tensor/tensor.ts';
import { arity, firstOf, sameDtype } from './check.ts';
import { at, type OpDefinition } from './definition.ts';

/** Quantized integer -> float32: scale * (x - zeroPoint). float16 -> float32 too. */
export type DequantizeAttributes = Readonly<Record<string, never>>;

/** The real values of a float16 or quantized tensor; per-channel parameters are allowed. */
export function realValues(input: Tensor): Float32Array {
  const x = numericData(input);
  const { dtype, shape, quantization } = input.type;
  if (dtype === 'float16') return Float32Array.from(x, float16ToNumber);
  const axis = quantization.kind === 'per-channel' ? quantization.axis : 0;
  const channels = quantization.kind === 'per-channel' ? dimension(shape, axis) : 1;
  const stride = quantization.kind === 'per-channel' ? at(stridesOf(shape), axis) : 1;
  return Float32Array.from(x, (value, i) => {
    const channel = Math.floor(i / stride) % channels;
    return scaleAt(quantization, channel) * (value - zeroPointAt(quantization, channel));
  });
}

export const dequantize: OpDefinition<DequantizeAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'keeps',

  outputShapes: (_, inputs) => [at(inputs, 0).shape],

  violations(_, inputs, outputs) {
    return firstOf(
      () => arity(inputs, 1, outputs),
      () => sameDtype(inputs, ['int8', 'uint8', 'int16', 'int32', 'float16']),
      () => sameDtype(outputs, ['float32']),
      () => {
        const { dtype, quantization } = at(inputs, 0);
        return dtype === 'float16' || quantization.kind !== 'none' ? [] : ['the input has no scale and zero point'];
      },
    );
  },

  evaluate(_, inputs, outputs) {
    const output = zeros(at(outputs, 0));
    dataAs(output, 'float32').set(realValues(at(inputs, 0)));
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
