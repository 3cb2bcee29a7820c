import type { HybridMode } from '../../../ops/hybrid.ts';
import type { Step } from '../../../plan/program.ts';
import { scaleAt } from '../../../tensor/quantization.ts';
import { elementCount } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import type { Convolution } from '../convolution.ts';
import { floatLimit } from '../float/limit.ts';
import type { Geometry } from '../geometry.ts';
import type { CLayer } from '../kernel.ts';
import { inputOf, inputParameter, outputOf, outputParameter, tableParameter, zeroPointOf } from '../operand.ts';
import { pixelLoops } from '../pixels.ts';
import { productLoops, windowStart } from '../products.ts';
import { c } from '../quote.ts';

/** The quantized copy of one batch of the input; 0 for layers that are not hybrid. */
export function hybridScratchBytes(mode: HybridMode, inputs: readonly TensorType[], batches: number): number {
  const [input] = inputs;
  return mode === 'none' || input === undefined ? 0 : elementCount(input.shape) / batches;
}

/** The layer of a hybrid convolution: each of `batches` parts of the float32 input is quantized, then multiplied in int8. */
export function hybridConvolution(step: Step, convolution: Convolution, mode: HybridMode, batches: number): CLayer {
  const { stem, groups, clamp } = convolution;
  const [input, weights, bias, output] = [inputOf(step, 0), inputOf(step, 1), inputOf(step, 2), outputOf(step)];
  const g = oneBatch(convolution.geometry, batches);
  const size = elementCount(input.type.shape) / batches;
  const layout = { groups, depthwise: step.op.type === 'depthwise-conv-2d' };
  const zero = zeroPointOf(weights.type);
  const add = (x: string, w: string) => {
    const weight = zero === 0 ? w : `(${w} - ${zero})`;
    return mode === 'symmetric' ? `sum += ${x} * ${weight};` : [`sum += ${x} * ${weight};`, `total += ${weight};`];
  };
  const scales = Float32Array.from({ length: g.outputChannels }, (_, o) => scaleAt(weights.type.quantization, o));
  return {
    stem: `${stem}_hybrid`,
    parameters: [
      inputParameter('input', input),
      outputParameter('output', output),
      { declaration: 'int8_t *quantized', argument: { kind: 'scratch' } },
      inputParameter('weights', weights),
      tableParameter('scales', { kind: 'numbers', stem: 'scales', element: 'float', data: scales }),
      inputParameter('bias', bias),
    ],
    body: c`
      for (int32_t batch = 0; batch < ${batches}; batch++) {
          const struct thimble_batch range = thimble_quantize_${mode}(input, quantized, ${size});
          const int8_t *const image = quantized;
          ${pixelLoops(
            g,
            null,
            c`
              ${windowStart(g)}
              for (int32_t o = 0; o < ${g.outputChannels}; o++) {
                  int32_t sum = 0;
                  ${mode === 'symmetric' ? '' : 'int32_t total = 0;'}
                  ${productLoops(g, layout, 'int8_t', add)}
                  ${mode === 'symmetric' ? '' : 'sum -= range.zero_point * total;'}
                  float result = (float)sum * scales[o] * range.scale + bias[o];
                  ${floatLimit('result', clamp)}
                  *output++ = result;
              }
            `,
          )}
          input += ${size};
      }
    `,
    headers: ['hybrid.h'],
  };
}

/** The geometry of one of `batches` parts: an image, or of a matrix product, which is one image, a row. */
function oneBatch(g: Geometry, batches: number): Geometry {
  return g.batch === batches ? { ...g, batch: 1 } : { ...g, width: 1, outputWidth: 1 };
}
