import { type Quantization, scaleAt } from '../../../tensor/quantization.ts';
import { type Tensor, tensorType } from '../../../tensor/tensor.ts';
import type { OperatorWriter } from '../operator-writer.ts';

/**
 * The bias of a product, operand 2. That of integers has steps of input scale x weight scale, which TFLite checks, and beside int16 data 64
 * bits (TFLite 8-bit and 16x8 quantization specifications).
 */
export function biasOf(writer: OperatorWriter): number {
  const bias = writer.constantInput(2);
  const [input, weights] = [writer.inputType(0), writer.inputType(1).quantization];
  if (bias?.type.dtype !== 'int32' || input.quantization.kind === 'none' || weights.kind === 'none')
    return writer.input(2);
  const stepOf = (channel: number) => Math.fround(scaleAt(input.quantization, 0) * scaleAt(weights, channel));
  const quantization: Quantization =
    weights.kind === 'per-tensor'
      ? { kind: 'per-tensor', scale: stepOf(0), zeroPoint: 0 }
      : {
          kind: 'per-channel',
          axis: 0,
          scales: weights.scales.map((_, channel) => stepOf(channel)),
          zeroPoints: weights.scales.map(() => 0),
        };
  const isWide = input.dtype === 'int16';
  const written: Tensor = {
    type: tensorType(isWide ? 'int64' : 'int32', bias.type.shape, quantization),
    data: isWide ? BigInt64Array.from(Array.from<number | bigint, bigint>(bias.data, BigInt)) : bias.data,
  };
  return writer.constant('bias', written);
}
