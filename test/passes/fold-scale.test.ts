import { expect, test } from 'vitest';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import { rewrite } from '../../converter/ir/rewrite.ts';
import { noClamp } from '../../converter/ops/definition.ts';
import type { Op } from '../../converter/ops/op.ts';
import { noPadding } from '../../converter/ops/window.ts';
import type { ZipFunction } from '../../converter/ops/zip.ts';
import { foldScale } from '../../converter/passes/fold-scale.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { expectSameOnRandomInputs, foldedTolerance } from '../ir/same-results.ts';

const window = { strides: [1, 1], dilations: [1, 1], padding: noPadding } as const;
const common = { clamp: noClamp, hybrid: 'none' } as const;

const products: readonly (readonly [Op, readonly number[], readonly number[]])[] = [
  [{ type: 'conv-2d', attributes: { ...window, ...common, groups: 1 } }, [1, 4, 4, 2], [3, 2, 2, 2]],
  [{ type: 'depthwise-conv-2d', attributes: { ...window, ...common } }, [1, 4, 4, 3], [1, 2, 2, 3]],
  [{ type: 'fully-connected', attributes: common }, [2, 5], [3, 5]],
];

const values = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * 7 + 1) + 0.1);

function productThen(
  fn: ZipFunction,
  [op, inputShape, weightShape]: (typeof products)[number],
  constantShape: readonly number[],
  swapped: boolean,
) {
  const builder = new GraphBuilder();
  const floats = (name: string, shape: readonly number[]) =>
    builder.constant(name, {
      type: tensorType('float32', shape),
      data: values(shape.reduce((product, size) => product * size, 1)),
    });
  const input = builder.input('x', tensorType('float32', inputShape));
  const outShape = op.type === 'fully-connected' ? [2, 3] : [1, 3, 3, 3];
  const type = tensorType('float32', outShape);
  const product = builder.node('product', op, [input, floats('w', weightShape), floats('b', [3])], type, 'y');
  const operands = [product, floats('c', constantShape)];
  const zip = { type: 'zip', attributes: { fn, clamp: noClamp } } as const;
  builder.output('z', builder.node('zip', zip, swapped ? operands.reverse() : operands, type, 'z'));
  return builder.build('product', 'test', 'exact');
}

test.each(products)('$type takes in factors and offsets per channel', (...product) => {
  for (const fn of ['add', 'sub', 'mul', 'div'] as const) {
    for (const shape of [[3], [1], []]) {
      const graph = productThen(fn, product, shape, false);
      const { graph: folded } = rewrite(graph, [foldScale]);
      expect(folded.nodes.length, fn).toBe(1);
      expectSameOnRandomInputs(graph, folded, fn, foldedTolerance);
    }
  }
});

test.each(['sub', 'div'] as const)('%s with the constant first stays', (fn) => {
  for (const product of products) expect(rewrite(productThen(fn, product, [3], true), [foldScale]).applied).toEqual([]);
});

test('a constant along another axis stays', () => {
  for (const [product, shape] of [
    [products[0], [1, 3, 1, 1]],
    [products[0], [1, 3, 3, 1]],
    [products[2], [2, 1]],
  ] as const) {
    if (product === undefined) continue;
    expect(rewrite(productThen('mul', product, shape, false), [foldScale]).applied, shape.join()).toEqual([]);
  }
});
