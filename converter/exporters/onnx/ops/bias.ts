import { type Quantization, scaleAt } from '../../../tensor/quantization.ts';
import { tensorType } from '../../../tensor/tensor.ts';
import type { Ref } from '../file-writer.ts';
import type { OperatorWriter } from '../operator-writer.ts';

/**
 * The bias of a product, operand 2; null where it adds nothing. That of a quantized product is int32 in steps of input scale x weight scale
 * (ONNX operator QLinearConv).
 */
export function biasOf(writer: OperatorWriter): Ref | null {
  const constant = writer.constantInput(2);
  if (constant?.data.every((value: number | bigint) => Number(value) === 0)) return null;
  const { dtype, shape } = writer.inputType(2);
  if (dtype === 'float32') return writer.input(2);
  if (dtype !== 'int32' || constant === null) writer.refuse(`a bias of ${dtype} has no form in ONNX`);
  const [input, weights] = [writer.inputType(0).quantization, writer.inputType(1).quantization];
  const stepOf = (channel: number) => scaleAt(input, 0) * scaleAt(weights, channel);
  const count = shape[0] ?? 1;
  const quantization: Quantization =
    weights.kind === 'per-tensor'
      ? { kind: 'per-tensor', scale: stepOf(0), zeroPoint: 0 }
      : {
          kind: 'per-channel',
          axis: 0,
          scales: Array.from({ length: count }, (_, channel) => stepOf(channel)),
          zeroPoints: new Array<number>(count).fill(0),
        };
  return writer.constant('bias', { type: tensorType('int32', shape, quantization), data: constant.data });
}
