import type { Graph } from '../../converter/ir/graph.ts';
import { outputShapes } from '../../converter/ops/registry.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import type { Rounding } from '../../converter/tensor/requantize.ts';
import type { Shape } from '../../converter/tensor/shape.ts';
import { type TensorType, tensorType } from '../../converter/tensor/tensor.ts';
import { singleNode } from './wasm/run-graph.ts';

/** Sizes below, at and above a tile of 4 rows x 8 columns, odd depths, and stacks that are repeated. */
const sizes: readonly (readonly [a: Shape, b: Shape])[] = [
  [
    [1, 1],
    [1, 1],
  ],
  [
    [1, 5],
    [5, 9],
  ],
  [
    [4, 8],
    [8, 8],
  ],
  [
    [5, 7],
    [7, 3],
  ],
  [
    [2, 3, 6],
    [6, 17],
  ],
  [
    [3, 9],
    [2, 9, 8],
  ],
  [
    [2, 1, 3, 11],
    [3, 11, 10],
  ],
  [
    [2, 3, 4, 5],
    [2, 3, 5, 4],
  ],
];

const swapped = (shape: Shape): Shape => [...shape.slice(0, -2), ...shape.slice(-2).reverse()];

/** The kinds of operands that a kernel may meet. */
export const matmulKinds = ['float32', 'int8', 'single', 'lifted', 'sums', 'mixed sums'] as const;

type Kind = (typeof matmulKinds)[number];

function typesOf(kind: Kind): { a: TensorType; b: TensorType; output: TensorType; rounding: Rounding } {
  const type = tensorType;
  const rounding = kind === 'single' ? 'single' : 'exact';
  switch (kind) {
    case 'float32':
      return { a: type('float32', []), b: type('float32', []), output: type('float32', []), rounding };
    case 'sums':
      return { a: type('int8', [], perTensor(1, -3)), b: type('int8', []), output: type('int32', []), rounding };
    case 'mixed sums':
      return {
        a: type('uint8', [], perTensor(1, 140)),
        b: type('int8', [], perTensor(1, 7)),
        output: type('int32', []),
        rounding,
      };
    default: {
      // A factor above 1 is shifted to the left.
      const scale = kind === 'lifted' ? 1e-4 : 0.11;
      return {
        a: type('int8', [], perTensor(0.02, -5)),
        b: type('int8', [], perTensor(0.01, 9)),
        output: type('int8', [], perTensor(scale, 4)),
        rounding,
      };
    }
  }
}

/** Graphs of one product, both operands being inputs, in all four ways to store the operands. */
export function matmulGraphs(kind: Kind): { readonly name: string; readonly graph: Graph }[] {
  const types = typesOf(kind);
  return sizes.flatMap(([aShape, bShape]) =>
    [0, 1, 2, 3].map((flags) => {
      const attributes = { transposeA: (flags & 1) !== 0, transposeB: (flags & 2) !== 0 };
      const a = { ...types.a, shape: attributes.transposeA ? swapped(aShape) : aShape };
      const b = { ...types.b, shape: attributes.transposeB ? swapped(bShape) : bShape };
      const op = { type: 'matmul', attributes } as const;
      const [shape = []] = outputShapes(op, [a, b]);
      const graph = singleNode(op, [a, b], { ...types.output, shape }, types.rounding);
      return { name: `matmul ${kind} ${a.shape.join('x')} by ${b.shape.join('x')}, flags ${flags}`, graph };
    }),
  );
}
