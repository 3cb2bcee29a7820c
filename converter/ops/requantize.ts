import { scaleAt, zeroPointAt } from '../tensor/quantization.ts';
import {
  type FixedPointMultiplier,
  quantizeMultiplier,
  type Rounding,
  requantize as requantizeInteger,
} from '../tensor/requantize.ts';
import { elementCount } from '../tensor/shape.ts';
import { numericData, type TensorType, zeros } from '../tensor/tensor.ts';
import { arity, firstOf, quantizedPerTensor, sameDtype, scaleRatioFits } from './check.ts';
import { at, noClamp, type OpDefinition } from './definition.ts';
import { clampTo, type IntegerBounds, integerClamp } from './quantized.ts';

/** Quantized integer -> quantized integer with other parameters or dtype, real value kept. */
export type RequantizeAttributes = Readonly<Record<string, never>>;

/** y = clamp(requantize(x - inputZero, factor) + outputZero). `isByteFlip`: on 8 bits this is x XOR 0x80. */
export interface RequantizeConstants {
  readonly inputZero: number;
  readonly factor: FixedPointMultiplier;
  readonly outputZero: number;
  readonly bounds: IntegerBounds;
  readonly isByteFlip: boolean;
}

/** TFLite `quantize.cc`: the factor is a quotient in double precision. */
export function requantizeConstants(input: TensorType, output: TensorType, rounding: Rounding): RequantizeConstants {
  const [inputScale, outputScale] = [scaleAt(input.quantization, 0), scaleAt(output.quantization, 0)];
  const [inputZero, outputZero] = [zeroPointAt(input.quantization, 0), zeroPointAt(output.quantization, 0)];
  const signs = `${input.dtype} ${output.dtype}`;
  const shifted =
    (signs === 'int8 uint8' && outputZero - inputZero === 128) ||
    (signs === 'uint8 int8' && inputZero - outputZero === 128);
  return {
    inputZero,
    factor: quantizeMultiplier(inputScale / outputScale, rounding),
    outputZero,
    bounds: integerClamp(noClamp, output),
    isByteFlip: shifted && inputScale === outputScale,
  };
}

/** int8, uint8, int16 and int32, each with one scale. */
export const requantize: OpDefinition<RequantizeAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'keeps',

  outputShapes: (_, inputs) => [at(inputs, 0).shape],

  violations(_, inputs, outputs) {
    const all = [...inputs, ...outputs];
    return firstOf(
      () => arity(inputs, 1, outputs),
      () => all.flatMap((type) => sameDtype([type], ['int8', 'uint8', 'int16', 'int32'])),
      () => quantizedPerTensor(all),
      () => (all.every((type) => type.quantization.kind === 'per-tensor') ? [] : ['both sides need one scale each']),
      () => scaleRatioFits(at(inputs, 0), at(outputs, 0)),
    );
  },

  evaluate(_, inputs, outputs, rounding) {
    const input = at(inputs, 0);
    const output = zeros(at(outputs, 0));
    const { inputZero, factor, outputZero, bounds } = requantizeConstants(input.type, output.type, rounding);
    const x = numericData(input);
    const y = numericData(output);
    for (let i = 0; i < x.length; i++) {
      y[i] = clampTo(requantizeInteger((at(x, i) - inputZero) | 0, factor, rounding) + outputZero, bounds);
    }
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
