import type { HybridMode } from '../../../ops/hybrid.ts';
import { accumulatorFactors } from '../../../ops/quantized.ts';
import { dimension } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import type { OperatorWriter } from '../operator-writer.ts';

/**
 * Refuses stored weights that TFLite's int8 kernels take otherwise: they have no zero point, and one scale for all channels counts there as
 * one for each, of which the factors can differ in their last bit.
 */
export function checkWeights(writer: OperatorWriter, axis: number): void {
  const weights = writer.inputType(1);
  const { quantization } = weights;
  if (quantization.kind !== 'per-tensor') return;
  if (quantization.zeroPoint !== 0)
    writer.refuse(`its weights have the zero point ${quantization.zeroPoint}, TFLite wants 0`);
  if (writer.inputType(0).dtype !== 'int8') return;
  const channels = dimension(weights.shape, axis);
  const spread: TensorType = {
    ...weights,
    quantization: {
      kind: 'per-channel',
      axis,
      scales: new Array<number>(channels).fill(quantization.scale),
      zeroPoints: new Array<number>(channels).fill(0),
    },
  };
  const factorsOf = (type: TensorType) =>
    accumulatorFactors(writer.inputType(0), type, writer.outputType(), channels, writer.rounding);
  if (JSON.stringify(factorsOf(weights)) === JSON.stringify(factorsOf(spread))) return;
  writer.refuse('the one scale of its weights gives factors that TFLite rounds otherwise');
}

/**
 * The weights of a convolution, operand 1. Beside float32 input TFLite keeps a zero point for the input where the weights have a scale for
 * each channel, and none where they have one (`conv.cc`, `EvalHybridPerChannel` and `EvalHybrid`).
 */
export function convolutionWeights(writer: OperatorWriter, hybrid: HybridMode, axis: number): number {
  const weights = writer.constantInput(1);
  if (hybrid === 'none' || weights === null) return writer.input(1);
  const { quantization: q, shape } = weights.type;
  if (hybrid === 'asymmetric') {
    if (q.kind === 'per-channel') return writer.input(1);
    if (q.kind === 'none') writer.refuse('its weights have no scale');
    const channels = dimension(shape, axis);
    const scales = new Array<number>(channels).fill(q.scale);
    const zeroPoints = new Array<number>(channels).fill(q.zeroPoint);
    return writer.constant('weights', {
      ...weights,
      type: { ...weights.type, quantization: { kind: 'per-channel', axis, scales, zeroPoints } },
    });
  }
  if (q.kind !== 'per-channel') return writer.input(1);
  const [scale = 1] = q.scales;
  const [zeroPoint = 0] = q.zeroPoints;
  if (q.scales.some((other) => other !== scale) || q.zeroPoints.some((other) => other !== zeroPoint)) {
    writer.refuse('its input has no zero point although its weights have a scale for each channel');
  }
  return writer.constant('weights', {
    ...weights,
    type: { ...weights.type, quantization: { kind: 'per-tensor', scale, zeroPoint } },
  });
}
