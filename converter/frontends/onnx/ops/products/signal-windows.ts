import { tensorType } from '../../../../tensor/tensor.ts';
import type { TranslateOperator } from '../../context.ts';

/**
 * HannWindow, HammingWindow and BlackmanWindow of a constant size, as constants: w(n) = a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N) with
 * N the size, or one less where the window is symmetric.
 */
export function signalWindow(a0: number, a1: number, a2: number): TranslateOperator {
  return (context) => {
    const [size = 0, ...others] = context.integers(0, 'the size');
    if (size < 1 || others.length > 0) throw context.invalid('its size is one positive number');
    const outputDtype = context.int('output_datatype', onnxFloat);
    if (outputDtype !== onnxFloat) throw context.unsupported(`output_datatype ${outputDtype}`, 'use float32 (1)');
    context.claim(size);
    const period = context.int('periodic', 1) !== 0 ? size : size - 1;
    const data = Float32Array.from({ length: size }, (_, n) => {
      const angle = (2 * Math.PI * n) / Math.max(1, period);
      return a0 - a1 * Math.cos(angle) + a2 * Math.cos(2 * angle);
    });
    context.bind(context.literal({ type: tensorType('float32', [size]), data }));
  };
}

/** TensorProto.DataType FLOAT. */
const onnxFloat = 1;

/** a0 and a1 as the ONNX specification gives them for HammingWindow: 25/46 and 21/46. */
export const hamming = [25 / 46, 21 / 46, 0] as const;
