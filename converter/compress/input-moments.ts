import { type Graph, isNode, type Node, typeOf } from '../ir/graph.ts';
import { dimension, elementCount } from '../tensor/shape.ts';
import { dataAs, type Tensor } from '../tensor/tensor.ts';
import type { Product } from './product.ts';

/** Inputs of more rows than this are looked at in parts: a block of H has the size of its square. */
export const largestBlock = 1024;

/**
 * The weights of a product as independent rows: the outputs of one block read the same inputs, output o of the block computes
 * sum over k of weights[weightAt(o, k)] * x_k.
 */
export interface WeightBlock {
  readonly outputs: readonly number[];
  readonly size: number;
  /** Index in the weights of the factor of input k for an output. */
  readonly weightAt: (output: number, k: number) => number;
}

/**
 * The inputs x of a block at one output position, written to `row`. Positions beyond the image are 0.
 */
export type Gather = (input: Float32Array, position: number, row: Float64Array) => void;

/** A block with the way to its inputs. */
export interface GatheredBlock extends WeightBlock {
  readonly gather: Gather;
}

/** Sum of x x^T over positions, for each block, as K x K row-major matrices: the Hessian of the squared output error, halved. */
export interface Moments {
  readonly blocks: readonly GatheredBlock[];
  readonly sums: readonly Float64Array[];
  /** Mean of x for each block. */
  readonly means: readonly Float64Array[];
  readonly rows: number;
}

/** Output positions of one inference. */
export function positionsOf(graph: Graph, { node, outputChannels }: Product): number {
  const [output] = node.outputs;
  return output === undefined ? 0 : elementCount(typeOf(graph, output).shape) / outputChannels;
}

/** The independent parts of a product: one for each group, or channel of a depthwise layer; long rows are cut. */
export function blocksOf(graph: Graph, product: Product): readonly GatheredBlock[] {
  const { node, outputChannels, weights } = product;
  if (isNode(node, 'fully-connected')) {
    const depth = dimension(weights.type.shape, 1);
    return cut(depth, (first, size) => ({
      outputs: range(0, outputChannels),
      size,
      weightAt: (output, k) => output * depth + first + k,
      gather: (input, position, row) => {
        for (let k = 0; k < size; k++) row[k] = input[position * depth + first + k] ?? 0;
      },
    }));
  }
  const taps = windowTaps(graph, node);
  if (isNode(node, 'depthwise-conv-2d')) {
    const multiplier = outputChannels / taps.channels;
    return range(0, taps.channels).map((channel) => ({
      outputs: range(channel * multiplier, multiplier),
      size: taps.count,
      weightAt: (output, k) => k * outputChannels + output,
      gather: (input, position, row) => {
        for (let k = 0; k < taps.count; k++) {
          const at = taps.offset(position, k);
          row[k] = at < 0 ? 0 : (input[at + channel] ?? 0);
        }
      },
    }));
  }
  const { groups } = node.op.attributes;
  const perGroup = outputChannels / groups;
  const depth = taps.channels / groups;
  const size = taps.count * depth;
  return range(0, groups).flatMap((group) =>
    cut(size, (first, length) => ({
      outputs: range(group * perGroup, perGroup),
      size: length,
      weightAt: (output, k) => output * size + first + k,
      gather: (input, position, row) => {
        for (let k = 0; k < length; k++) {
          const element = first + k;
          const at = taps.offset(position, Math.floor(element / depth));
          row[k] = at < 0 ? 0 : (input[at + group * depth + (element % depth)] ?? 0);
        }
      },
    })),
  );
}

/** Adds up x x^T of products over many inferences, at most `rowsPerSample` positions of each, evenly spread. */
export class MomentsCollector {
  readonly #blocks: readonly GatheredBlock[];
  readonly #sums: readonly Float64Array[];
  readonly #totals: readonly Float64Array[];
  readonly #positions: number;
  readonly #step: number;
  #rows = 0;

  constructor(graph: Graph, product: Product, rowsPerSample: number) {
    this.#blocks = blocksOf(graph, product);
    this.#sums = this.#blocks.map(({ size }) => new Float64Array(size * size));
    this.#totals = this.#blocks.map(({ size }) => new Float64Array(size));
    this.#positions = positionsOf(graph, product);
    this.#step = Math.max(1, Math.ceil(this.#positions / Math.max(1, rowsPerSample)));
  }

  /** @param input the first operand of the product in one inference */
  add(input: Tensor): void {
    const data = dataAs(input, 'float32');
    const rows = this.#blocks.map(({ size }) => new Float64Array(size));
    // Another first position for each sample, so that strides of the image do not hide columns of it.
    for (let position = this.#rows % this.#step; position < this.#positions; position += this.#step) {
      this.#blocks.forEach((block, i) => {
        const row = rows[i] ?? new Float64Array(block.size);
        block.gather(data, position, row);
        addOuter(this.#sums[i] ?? row, this.#totals[i] ?? row, row);
      });
      this.#rows++;
    }
  }

  finish(): Moments {
    this.#sums.forEach(mirror);
    const count = Math.max(1, this.#rows);
    const means = this.#totals.map((total) => total.map((value) => value / count));
    return { blocks: this.#blocks, sums: this.#sums, means, rows: this.#rows };
  }
}

/** Adds the upper triangle of row row^T to `sum`, and the row to `total`. */
function addOuter(sum: Float64Array, total: Float64Array, row: Float64Array): void {
  const size = row.length;
  for (let i = 0; i < size; i++) {
    const value = row[i] ?? 0;
    if (value === 0) continue;
    total[i] = (total[i] ?? 0) + value;
    const start = i * size;
    for (let j = i; j < size; j++) sum[start + j] = (sum[start + j] ?? 0) + value * (row[j] ?? 0);
  }
}

/** Copies the upper triangle of a square matrix to the lower one. */
function mirror(sum: Float64Array): void {
  const size = Math.sqrt(sum.length);
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) sum[i * size + j] = sum[j * size + i] ?? 0;
}

const range = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

function cut(size: number, make: (first: number, size: number) => GatheredBlock): readonly GatheredBlock[] {
  const count = Math.ceil(size / largestBlock);
  return range(0, count).map((i) => make(i * largestBlock, Math.min(largestBlock, size - i * largestBlock)));
}

/** Where the taps of a window lie in an NHWC image. */
interface Taps {
  readonly channels: number;
  readonly count: number;
  /** Index of channel 0 of tap `k` for an output position, or -1 outside the image. */
  readonly offset: (position: number, k: number) => number;
}

function windowTaps(graph: Graph, node: Node<'conv-2d'> | Node<'depthwise-conv-2d'>): Taps {
  const [inputId, weightsId] = node.inputs;
  const [outputId] = node.outputs;
  const shapeOf = (id: typeof inputId) => (id === undefined ? [] : typeOf(graph, id).shape);
  const [, height = 1, width = 1, channels = 1] = shapeOf(inputId);
  const [, kernelHeight = 1, kernelWidth = 1] = shapeOf(weightsId);
  const [, rows = 1, columns = 1] = shapeOf(outputId);
  const { strides, dilations, padding } = node.op.attributes;
  return {
    channels,
    count: kernelHeight * kernelWidth,
    offset: (position, k) => {
      const [image, inImage] = [Math.floor(position / (rows * columns)), position % (rows * columns)];
      const [oy, ox] = [Math.floor(inImage / columns), inImage % columns];
      const y = oy * strides[0] - padding.top + Math.floor(k / kernelWidth) * dilations[0];
      const x = ox * strides[1] - padding.left + (k % kernelWidth) * dilations[1];
      if (y < 0 || y >= height || x < 0 || x >= width) return -1;
      return ((image * height + y) * width + x) * channels;
    },
  };
}
