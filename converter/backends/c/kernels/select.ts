import { stridesOf } from '../../../tensor/shape.ts';
import type { CKernel } from '../kernel.ts';
import { broadcastStrides, loopAxes, nest } from '../nest.ts';
import { inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/nest.ts';

/** One choice per element. */
export const select: CKernel<'select'> = {
  problem: () => null,
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  scratchBytes: () => 0,

  emit(step) {
    const output = outputOf(step);
    const { shape } = output.type;
    const operands = ['condition', 'a', 'b'].map((name, i) => ({ name, operand: inputOf(step, i) }));
    const strides = operands.map(({ operand }) => broadcastStrides(operand.type.shape, shape));
    return {
      stem: 'select',
      parameters: [
        ...operands.map(({ name, operand }) => inputParameter(name, operand)),
        outputParameter('output', output),
      ],
      body: nest(loopAxes(shape, [stridesOf(shape), ...strides]), 'i', ([to = '0', c = '0', x = '0', y = '0']) => {
        return `output[${to}] = condition[${c}] ? a[${x}] : b[${y}];`;
      }),
      headers: [],
    };
  },
};
