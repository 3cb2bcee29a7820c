import { elementCount } from '../tensor/shape.ts';
import { dataAs, numericData, zeros } from '../tensor/tensor.ts';
import { arity, firstOf, quantizedPerTensor, sameDtype } from './check.ts';
import { at, type OpDefinition } from './definition.ts';
import { quantizeReal } from './quantized.ts';

/** float32 -> quantized integer: clamp(round(x / scale) + zeroPoint), ties away from zero. */
export type QuantizeAttributes = Readonly<Record<string, never>>;

/** The division is one of float32 numbers, see {@link quantizeReal}; multiplying by 1/scale gives other results. */
export const quantize: OpDefinition<QuantizeAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'keeps',

  outputShapes: (_, inputs) => [at(inputs, 0).shape],

  violations(_, inputs, outputs) {
    return firstOf(
      () => arity(inputs, 1, outputs),
      () => sameDtype(inputs, ['float32']),
      () => sameDtype(outputs, ['int8', 'uint8', 'int16', 'int32']),
      () => (at(outputs, 0).quantization.kind === 'per-tensor' ? [] : ['the output needs one scale and zero point']),
      () => quantizedPerTensor(outputs),
    );
  },

  evaluate(_, inputs, outputs) {
    const output = zeros(at(outputs, 0));
    const x = dataAs(at(inputs, 0), 'float32');
    const y = numericData(output);
    for (let i = 0; i < x.length; i++) y[i] = quantizeReal(at(x, i), output.type);
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
