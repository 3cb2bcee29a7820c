import type { Comparison } from '../../../ops/compare.ts';
import { stridesOf } from '../../../tensor/shape.ts';
import type { CKernel } from '../kernel.ts';
import { broadcastStrides, loopAxes, nest } from '../nest.ts';
import { inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';

const sign: { readonly [R in Comparison]: string } = {
  equal: '==',
  'not-equal': '!=',
  less: '<',
  'less-equal': '<=',
  greater: '>',
  'greater-equal': '>=',
};

/** One comparison per element. */
export const compare: CKernel<'compare'> = {
  problem: () => null,
  inPlaceInputs: () => [],
  scratchBytes: () => 0,

  emit(step) {
    const [a, b, output] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
    const { shape } = output.type;
    const axes = loopAxes(shape, [
      stridesOf(shape),
      broadcastStrides(a.type.shape, shape),
      broadcastStrides(b.type.shape, shape),
    ]);
    return {
      stem: step.op.attributes.relation.replace('-', '_'),
      parameters: [inputParameter('a', a), inputParameter('b', b), outputParameter('output', output)],
      body: nest(axes, 'i', ([to = '0', x = '0', y = '0']) => {
        return `output[${to}] = a[${x}] ${sign[step.op.attributes.relation]} b[${y}];`;
      }),
      headers: [],
    };
  },
};
