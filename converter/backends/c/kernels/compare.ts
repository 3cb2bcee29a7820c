import { type Comparison, comparesAsStored, comparisonKeys } from '../../../ops/compare.ts';
import { stridesOf } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import type { CKernel } from '../kernel.ts';
import { broadcastStrides, loopAxes, nest } from '../nest.ts';
import { inputOf, inputParameter, outputOf, outputParameter, tableParameter } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/nest.ts';

const sign: { readonly [R in Comparison]: string } = {
  equal: '==',
  'not-equal': '!=',
  less: '<',
  'less-equal': '<=',
  greater: '>',
  'greater-equal': '>=',
};

/** What stored bytes compare by, as a table of 256. */
function keyTable(name: string, type: TensorType) {
  return tableParameter(name, { kind: 'numbers', stem: 'keys', element: 'int32_t', data: comparisonKeys(type) });
}

/** One comparison per element; quantized bytes of different scales through tables. */
export const compare: CKernel<'compare'> = {
  problem: () => null,
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  scratchBytes: () => 0,

  emit(step) {
    const [a, b, output] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
    const { shape } = output.type;
    const axes = loopAxes(shape, [
      stridesOf(shape),
      broadcastStrides(a.type.shape, shape),
      broadcastStrides(b.type.shape, shape),
    ]);
    const { relation } = step.op.attributes;
    const asStored = comparesAsStored(a.type, b.type);
    const key = (name: string, index: string) =>
      asStored ? `${name}[${index}]` : `${name}_keys[(uint8_t)${name}[${index}]]`;
    const keys = asStored ? [] : [keyTable('a_keys', a.type), keyTable('b_keys', b.type)];
    return {
      stem: relation.replace('-', '_'),
      parameters: [inputParameter('a', a), inputParameter('b', b), ...keys, outputParameter('output', output)],
      body: nest(axes, 'i', ([to = '0', x = '0', y = '0']) => {
        return `output[${to}] = ${key('a', x)} ${sign[relation]} ${key('b', y)};`;
      }),
      headers: [],
    };
  },
};
