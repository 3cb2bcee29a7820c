import type { Step } from '../../../plan/program.ts';
import type { Convolution } from '../convolution.ts';
import { flattened } from '../integer/convolution.ts';
import type { CLayer } from '../kernel.ts';
import { inputOf, inputParameter, outputOf, outputParameter, tableParameter } from '../operand.ts';
import { pixelLoops } from '../pixels.ts';
import { productLoops, windowStart } from '../products.ts';
import { c } from '../quote.ts';
import { blockLoops, hasBlocks, packedWeights } from './blocks.ts';
import { floatLimit } from './limit.ts';

/** The layer of a float32 convolution. Products are added in the order of the weights of the model. */
export function floatConvolution(step: Step, given: Convolution): CLayer {
  const convolution = { ...given, geometry: flattened(given.geometry) };
  return hasBlocks(convolution, inputOf(step, 1)) ? blocked(step, convolution) : plain(step, given);
}

/** Several output channels at a time, over constant weights; the sums begin at the bias. */
function blocked(step: Step, convolution: Convolution): CLayer {
  const data = packedWeights(convolution, inputOf(step, 1));
  return {
    stem: convolution.stem,
    parameters: [
      inputParameter('input', inputOf(step, 0)),
      outputParameter('output', outputOf(step)),
      tableParameter('weights', { kind: 'numbers', stem: 'weights', element: 'float', data }),
      inputParameter('bias', inputOf(step, 2)),
    ],
    body: pixelLoops(convolution.geometry, 'float', blockLoops(convolution)),
    headers: ['products.h'],
  };
}

/** One output after the other, over weights as they are in the model, which may be computed; the bias is added last. */
function plain(step: Step, { stem, geometry: g, groups, clamp }: Convolution): CLayer {
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
