import type { TensorType } from '../../../tensor/tensor.ts';
import { elementType } from '../operand.ts';
import { c } from '../quote.ts';

/** The limits of the integers that real numbers are stored as. */
const limits = { int8: [-128, 127], uint8: [0, 255], int16: [-32768, 32767] } as const;

/**
 * A function of the public header that makes what an input stores of a real number, or a real number of what an output stores; empty for
 * a port without quantization. It rounds as the operator `quantize` does: to the nearest, ties away from zero (TFLite
 * `AffineQuantize`); not a number becomes the zero point.
 */
export function realValueText(type: TensorType, m: string, direction: 'input' | 'output', index: number): string {
  const { dtype, quantization } = type;
  if (quantization.kind !== 'per-tensor' || (dtype !== 'int8' && dtype !== 'uint8' && dtype !== 'int16')) return '';
  const P = `${m.toUpperCase()}_${direction.toUpperCase()}_${index}`;
  const element = elementType(type);
  if (direction === 'output') {
    return c`
      /* The real number that a stored one stands for. */
      static inline float ${m}_dequantize_output_${index}(${element} stored)
      {
          return ${P}_SCALE * (float)((int32_t)stored - ${P}_ZERO_POINT);
      }
    `;
  }
  const [low, high] = limits[dtype];
  return c`
    /* What is stored for a real number: the nearest one, at most the largest. */
    static inline ${element} ${m}_quantize_input_${index}(float real)
    {
        const float steps = real / ${P}_SCALE;
        if (steps >= 65536.0f) return ${high};
        if (steps <= -65536.0f) return ${low};
        if (steps != steps) return ${P}_ZERO_POINT;
        int32_t whole = (int32_t)steps;
        const float rest = steps - (float)whole;
        whole += ${P}_ZERO_POINT + (rest >= 0.5f) - (rest <= -0.5f);
        return (${element})(whole > ${high} ? ${high} : whole < ${low} ? ${low} : whole);
    }
  `;
}
