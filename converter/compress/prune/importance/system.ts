import type { Graph, NodeId } from '../../../ir/graph.ts';
import { at } from '../../../ops/definition.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import type { Executor } from '../../executor.ts';
import { blocksOf, type GatheredBlock, positionsOf } from '../../input-moments.ts';
import { type Product, productOf } from '../../product.ts';
import type { Sample } from '../../quantize/calibrate.ts';
import { inverseOf, meanDiagonal, type Square } from '../linear.ts';
import { lookAt } from '../part.ts';
import { positionsFor, positionsIn } from '../sampling.ts';

/** Share of the mean diagonal that is added to it, so that inputs that never vary do no harm. */
const damping = 1e-3;

/**
 * The least-squares problem of one product: its inputs x with a 1 behind them, its weights with the bias behind them. Columns can be
 * taken out, and what is left is re-fitted so that the output changes least.
 */
export class ColumnSystem {
  readonly product: Product;
  readonly block: GatheredBlock;
  /** Rows and columns of H, the last of which belongs to the bias. */
  readonly size: number;
  /** (X^T X / rows + damping)^-1 for the columns that are left. */
  readonly inverse: Square;
  /** size x outputs, row-major. */
  readonly weights: Float64Array;

  constructor(product: Product, block: GatheredBlock, inverse: Square, weights: Float64Array) {
    this.product = product;
    this.block = block;
    this.size = block.size + 1;
    this.inverse = inverse;
    this.weights = weights;
  }

  /** The problem before anything has left. `moments` are the means of x x^T, with the 1. */
  static of(product: Product, block: GatheredBlock, moments: Square): ColumnSystem {
    const size = block.size + 1;
    const damped = moments.slice();
    const ridge = damping * meanDiagonal(moments, size) + 1e-12;
    for (let i = 0; i < block.size; i++) damped[i * size + i] = (damped[i * size + i] ?? 0) + ridge;
    const [w, b] = [dataAs(product.weights, 'float32'), dataAs(product.bias, 'float32')];
    const outputs = block.outputs.length;
    const weights = new Float64Array(size * outputs);
    block.outputs.forEach((output, o) => {
      for (let k = 0; k < block.size; k++) weights[k * outputs + o] = w[block.weightAt(output, k)] ?? 0;
      weights[block.size * outputs + o] = b[output] ?? 0;
    });
    return new ColumnSystem(product, block, inverseOf(damped, size), weights);
  }

  /** The same problem in the same state, to try things on. */
  clone(): ColumnSystem {
    return new ColumnSystem(this.product, this.block, this.inverse.slice(), this.weights.slice());
  }

  /**
   * What the mean squared error of the outputs grows by when `columns` leave and the others are re-fitted, each output weighted: sum
   * over o of s_o w_o^T [(H^-1)_GG]^-1 w_o (Hassibi & Stork 1993, "Optimal Brain Surgeon", for a group G of weights).
   */
  cost(columns: readonly number[], weightOf: (output: number) => number): number {
    const inner = this.#inner(columns);
    const outputs = this.block.outputs.length;
    const count = columns.length;
    let total = 0;
    for (let o = 0; o < outputs; o++) {
      const s = weightOf(at(this.block.outputs, o));
      if (s === 0) continue;
      let sum = 0;
      for (let i = 0; i < count; i++) {
        const wi = this.weights[at(columns, i) * outputs + o] ?? 0;
        for (let j = 0; j < count; j++) {
          sum += wi * (inner[i * count + j] ?? 0) * (this.weights[at(columns, j) * outputs + o] ?? 0);
        }
      }
      total += s * sum;
    }
    return total;
  }

  /** Takes columns out: W <- W - H^-1_:G [(H^-1)_GG]^-1 W_G, and H^-1 of what is left. */
  remove(columns: readonly number[]): void {
    const { size, inverse, weights } = this;
    const outputs = this.block.outputs.length;
    const count = columns.length;
    const inner = this.#inner(columns);
    // F = H^-1_:G [(H^-1)_GG]^-1
    const factor = new Float64Array(size * count);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < count; j++) {
        let sum = 0;
        for (let k = 0; k < count; k++) sum += (inverse[i * size + at(columns, k)] ?? 0) * (inner[k * count + j] ?? 0);
        factor[i * count + j] = sum;
      }
    }
    const gone = columns.map((column) => weights.slice(column * outputs, (column + 1) * outputs));
    const rows = columns.map((column) => inverse.slice(column * size, (column + 1) * size));
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < count; j++) {
        const f = factor[i * count + j] ?? 0;
        if (f === 0) continue;
        const [w, row] = [at(gone, j), at(rows, j)];
        for (let o = 0; o < outputs; o++) weights[i * outputs + o] = (weights[i * outputs + o] ?? 0) - f * (w[o] ?? 0);
        for (let c = 0; c < size; c++) inverse[i * size + c] = (inverse[i * size + c] ?? 0) - f * (row[c] ?? 0);
      }
    }
    for (const column of columns) {
      weights.fill(0, column * outputs, (column + 1) * outputs);
      for (let i = 0; i < size; i++) {
        inverse[i * size + column] = 0;
        inverse[column * size + i] = 0;
      }
    }
  }

  /**
   * Writes the weights as they have become. Systems of one product share its bias: each adds what its own bias has changed by.
   *
   * @param original the bias before anything has left
   */
  write(weights: Float32Array, bias: Float32Array, original: Float32Array): void {
    const outputs = this.block.outputs.length;
    this.block.outputs.forEach((output, o) => {
      for (let k = 0; k < this.block.size; k++) {
        weights[this.block.weightAt(output, k)] = this.weights[k * outputs + o] ?? 0;
      }
      const change = (this.weights[this.block.size * outputs + o] ?? 0) - (original[output] ?? 0);
      bias[output] = (bias[output] ?? 0) + change;
    });
  }

  /** [(H^-1)_GG]^-1 */
  #inner(columns: readonly number[]): Square {
    const count = columns.length;
    const part = new Float64Array(count * count);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++)
        part[i * count + j] = this.inverse[at(columns, i) * this.size + at(columns, j)] ?? 0;
    }
    return inverseOf(part, count);
  }
}

/** The systems of products of a graph, one for each block of inputs, on calibration samples. */
export function columnSystems(
  graph: Graph,
  nodes: ReadonlySet<NodeId>,
  samples: readonly Sample[],
  execute: Executor,
): ReadonlyMap<NodeId, readonly ColumnSystem[]> {
  const layers = graph.nodes.flatMap((node) => {
    const product = nodes.has(node.id) ? productOf(graph, node) : null;
    const [input] = node.inputs;
    if (product === null || input === undefined) return [];
    const blocks = blocksOf(graph, product).map((block) => ({ block, sum: new Float64Array((block.size + 1) ** 2) }));
    const count = positionsOf(graph, product);
    const unknowns = Math.max(...blocks.map(({ block }) => block.size));
    return [
      { id: node.id, product, input, blocks, positions: positionsFor(count, unknowns, samples.length), rows: [0] },
    ];
  });
  const look = lookAt(
    graph,
    layers.map(({ input }) => input),
    execute,
  );
  samples.forEach((sample, s) => {
    const tensors = look(sample());
    layers.forEach(({ blocks, positions, rows }, i) => {
      const input = dataAs(at(tensors, i), 'float32');
      for (const position of positionsIn(positions, s)) {
        for (const { block, sum } of blocks) addOuter(sum, block, input, position);
        rows[0] = (rows[0] ?? 0) + 1;
      }
    });
  });
  return new Map(
    layers.map(({ id, product, blocks, rows }) => [
      id,
      blocks.map(({ block, sum }) => {
        finish(sum, block.size + 1, rows[0] ?? 1);
        return ColumnSystem.of(product, block, sum);
      }),
    ]),
  );
}

/** Adds x x^T for x with a 1 behind it, the upper triangle. */
function addOuter(sum: Square, block: GatheredBlock, input: Float32Array, position: number): void {
  const size = block.size + 1;
  const row = new Float64Array(size);
  block.gather(input, position, row);
  row[block.size] = 1;
  for (let i = 0; i < size; i++) {
    const value = row[i] ?? 0;
    if (value === 0) continue;
    for (let j = i; j < size; j++) sum[i * size + j] = (sum[i * size + j] ?? 0) + value * (row[j] ?? 0);
  }
}

/** The mean in place of the sum, and the lower triangle. */
function finish(sum: Square, size: number, rows: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      const mean = (sum[i * size + j] ?? 0) / Math.max(1, rows);
      sum[i * size + j] = mean;
      sum[j * size + i] = mean;
    }
  }
}
