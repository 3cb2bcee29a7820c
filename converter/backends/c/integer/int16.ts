import { accumulatorFactors, integerClamp } from '../../../ops/quantized.ts';
import type { Step } from '../../../plan/program.ts';
import { wideMultiplier } from '../../../tensor/requantize.ts';
import type { Convolution } from '../convolution.ts';
import type { CLayer, KernelContext } from '../kernel.ts';
import { constantData, inputOf, inputParameter, outputOf, outputParameter, tableParameter } from '../operand.ts';
import { pixelLoops } from '../pixels.ts';
import { productLoops, windowStart } from '../products.ts';
import { c } from '../quote.ts';
import { int16Depthwise } from './int16-depthwise.ts';
import { tiledConvolution } from './int16-tiles.ts';

/** The layer of a convolution of int16 data with int8 weights. */
export function int16Convolution(step: Step, convolution: Convolution, { spareBytes }: KernelContext): CLayer {
  const depthwise = step.op.type === 'depthwise-conv-2d' ? int16Depthwise(step, convolution) : null;
  return depthwise ?? tiledConvolution(step, convolution, spareBytes) ?? plainConvolution(step, convolution);
}

/** The general loops, summed in 64 bits. */
function plainConvolution(step: Step, { stem, geometry: g, groups, clamp }: Convolution): CLayer {
  const [input, weights, output] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
  const biases = constantData(inputOf(step, 2));
  const factors = accumulatorFactors(input.type, weights.type, output.type, g.outputChannels, 'exact');
  const rows = factors.map((factor, o) => ({ bias: biases[o] ?? 0, ...wideMultiplier(factor) }));
  const { min, max } = integerClamp(clamp, output.type);
  const layout = { groups, depthwise: step.op.type === 'depthwise-conv-2d' };
  return {
    stem: `${stem}_int16`,
    parameters: [
      inputParameter('input', input),
      outputParameter('output', output),
      inputParameter('weights', weights),
      tableParameter('channels', { kind: 'channels', stem: 'channels', rows }),
    ],
    body: pixelLoops(
      g,
      'int16_t',
      c`
        ${windowStart(g)}
        for (int32_t o = 0; o < ${g.outputChannels}; o++) {
            int64_t sum = 0;
            ${productLoops(g, layout, 'int16_t', (x, w) => `sum += ${x} * ${w};`, 'int8_t')}
            *output++ = thimble_int16(sum, &channels[o], ${min}, ${max});
        }
      `,
    ),
    headers: ['int16.h'],
  };
}
