import type { Step } from '../../../plan/program.ts';
import type { Convolution } from '../convolution.ts';
import type { CLayer } from '../kernel.ts';
import { inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { pixelLoops } from '../pixels.ts';
import { productLoops, windowStart } from '../products.ts';
import { c } from '../quote.ts';
import { floatLimit } from './limit.ts';

/**
 * The layer of a float32 convolution. Weights stay as they are in the model and may be computed; products are added in
 * their order, the bias last.
 */
export function floatConvolution(step: Step, { stem, geometry: g, groups, clamp }: Convolution): CLayer {
  const layout = { groups, depthwise: step.op.type === 'depthwise-conv-2d' };
  return {
    stem,
    parameters: [
      inputParameter('input', inputOf(step, 0)),
      outputParameter('output', outputOf(step)),
      inputParameter('weights', inputOf(step, 1)),
      inputParameter('bias', inputOf(step, 2)),
    ],
    body: pixelLoops(
      g,
      'float',
      c`
        ${windowStart(g)}
        for (int32_t o = 0; o < ${g.outputChannels}; o++) {
            float sum = 0.0f;
            ${productLoops(g, layout, 'float', (x, w) => `sum += ${x} * ${w};`)}
            sum += bias[o];
            ${floatLimit('sum', clamp)}
            *output++ = sum;
        }
      `,
    ),
    headers: [],
  };
}
