import { GraphBuilder } from '../../../ir/builder.ts';
import { InternalError } from '../../../problem.ts';
import { dataAs, tensorType } from '../../../tensor/tensor.ts';
import type { Executor, RunGraph } from '../../executor.ts';

/** Sizes of a product [rows, depth] x [depth, columns]; a transposed operand is stored with its axes exchanged. */
export interface ProductSizes {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Products of float32 matrices, row-major, by an executor: as quick as that computes the operator. */
export class Matrices {
  readonly #execute: Executor;
  readonly #runs = new Map<string, RunGraph>();

  constructor(execute: Executor) {
    this.#execute = execute;
  }

  multiply(a: Float32Array, b: Float32Array, sizes: ProductSizes): Float32Array {
    const { rows, depth, columns, transposeA, transposeB } = sizes;
    const key = `${rows} ${depth} ${columns} ${transposeA} ${transposeB}`;
    const run = this.#runs.get(key) ?? this.#execute(productGraph(sizes));
    this.#runs.set(key, run);
    const [product] = run([
      { type: tensorType('float32', transposeA ? [depth, rows] : [rows, depth]), data: a },
      { type: tensorType('float32', transposeB ? [columns, depth] : [depth, columns]), data: b },
    ]);
    if (product === undefined) throw new InternalError('a matrix product gave nothing');
    return dataAs(product, 'float32');
  }
}

function productGraph({ rows, depth, columns, transposeA, transposeB }: ProductSizes) {
  const builder = new GraphBuilder();
  const a = builder.input('a', tensorType('float32', transposeA ? [depth, rows] : [rows, depth]));
  const b = builder.input('b', tensorType('float32', transposeB ? [columns, depth] : [depth, columns]));
  const op = { type: 'matmul', attributes: { transposeA, transposeB } } as const;
  const product = builder.node('product', op, [a, b], tensorType('float32', [rows, columns]), 'product');
  builder.output('product', product);
  return builder.build('product', 'thimble', 'single');
}
