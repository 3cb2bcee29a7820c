import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import { type Graph, isNode } from '../../converter/ir/graph.ts';
import { rewrite } from '../../converter/ir/rewrite.ts';
import { outputShapes } from '../../converter/ops/registry.ts';
import { absorbTranspose } from '../../converter/passes/absorb-transpose.ts';
import { eliminateDeadNodes } from '../../converter/passes/dead-code.ts';
import { optimize } from '../../converter/passes/optimize.ts';
import { type TensorType, tensorType } from '../../converter/tensor/tensor.ts';
import { expectSameOnRandomInputs } from '../ir/same-results.ts';

interface Draft {
  readonly side: 0 | 1;
  readonly permutation: readonly number[];
  readonly flag: boolean;
  /** Whether the transposed operand is an output, too. */
  readonly shared?: boolean;
}

/** The product of a transposed operand, of 2 x 3 x 4 x 5 before the transpose, with one that fits. */
function graphOf({ side, permutation, flag, shared = false }: Draft): Graph {
  const builder = new GraphBuilder();
  const source = tensorType('float32', [2, 3, 4, 5]);
  const x = builder.input('x', source);
  const typeOf = (...args: Parameters<typeof outputShapes>): TensorType => {
    return tensorType('float32', outputShapes(...args)[0] ?? []);
  };
  const transpose = { type: 'transpose', attributes: { permutation } } as const;
  const moved = typeOf(transpose, [source]);
  const operand = builder.node('move', transpose, [x], moved, 'moved');
  const [rows = 1, columns = 1] = moved.shape.slice(-2);
  // Either way to store the operand, its side decides which of its axes is summed over.
  const depth = (side === 0) === flag ? rows : columns;
  const other = tensorType('float32', side === 0 ? [depth, 7] : [7, depth]);
  const z = builder.input('z', other);
  const attributes = side === 0 ? { transposeA: flag, transposeB: false } : { transposeA: false, transposeB: flag };
  const op = { type: 'matmul', attributes } as const;
  const [ids, types] =
    side === 0
      ? [
          [operand, z],
          [moved, other],
        ]
      : [
          [z, operand],
          [other, moved],
        ];
  builder.output('y', builder.node('product', op, ids, typeOf(op, types), 'product'));
  if (shared) builder.output('m', operand);
  return builder.build('draft', 'a test', 'exact');
}

const permutationsOf = (graph: Graph) =>
  graph.nodes.flatMap((node) => (isNode(node, 'transpose') ? [node.op.attributes.permutation.join('')] : []));

describe('absorb-transpose-into-matmul', () => {
  test.each([
    ['takes in an exchange of the last two axes', [0, 1, 3, 2], []],
    ['leaves a move of whole rows', [0, 2, 3, 1], ['0213']],
    ['leaves the last axis', [1, 0, 3, 2], ['1023']],
  ] as const)('%s', (_, permutation, left) => {
    for (const side of [0, 1] as const) {
      for (const flag of [false, true]) {
        const graph = graphOf({ side, permutation, flag });
        const { graph: changed } = rewrite(graph, [eliminateDeadNodes, absorbTranspose]);
        expect(permutationsOf(changed)).toEqual(left);
        expectSameOnRandomInputs(graph, changed, `side ${side}, flag ${flag}`);
        expect(permutationsOf(optimize(graph).graph)).toEqual(left);
      }
    }
  });

  test.each([
    ['moves rows already', { side: 1, permutation: [0, 2, 1, 3], flag: false }],
    ['would move elements either way', { side: 0, permutation: [3, 2, 1, 0], flag: false }],
    ['is read by others', { side: 1, permutation: [0, 1, 3, 2], flag: false, shared: true }],
  ] as const)('leaves a transpose that %s', (_, draft) => {
    expect(rewrite(graphOf(draft), [absorbTranspose]).applied).toEqual([]);
  });
});
