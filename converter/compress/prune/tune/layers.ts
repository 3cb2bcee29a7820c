import { type Graph, isNode, type Node, typeOf } from '../../../ir/graph.ts';
import { at } from '../../../ops/definition.ts';
import { nhwc } from '../../../ops/window.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import { type Product, type ProductNode, productOf } from '../../product.ts';
import { forTaps } from '../backward/taps.ts';
import type { Matrices } from './matrices.ts';
import { Patches } from './patches.ts';

/** A layer with weights that change. Gradients add up over calls of `backward`. */
export interface TunedLayer {
  readonly node: ProductNode;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly weightGradient: Float32Array;
  readonly biasGradient: Float32Array;
  /** The result before the clamp. */
  readonly forward: (input: Float32Array) => Float32Array;
  /**
   * From dL/d(result before the clamp) of the last `forward`.
   *
   * @param into dL/d(input), to be added to; null where nobody asks
   */
  readonly backward: (gradient: Float32Array, into: Float32Array | null) => void;
}

/** The layer of a product of float32 numbers with constant weights; null for any other node. */
export function tunedLayer(graph: Graph, node: Node, matrices: Matrices): TunedLayer | null {
  const product = productOf(graph, node);
  if (product === null) return null;
  const weights = dataAs(product.weights, 'float32').slice();
  const bias = dataAs(product.bias, 'float32').slice();
  const state = {
    ...{ node: product.node, weights, bias },
    weightGradient: new Float32Array(weights.length),
    biasGradient: new Float32Array(bias.length),
  };
  const { forward, backward } = isNode(product.node, 'depthwise-conv-2d')
    ? depthwise(graph, product.node, state)
    : parts(graph, product, state, matrices);
  return {
    ...state,
    forward: (input) => {
      const result = forward(input);
      for (let i = 0; i < result.length; i++) result[i] = (result[i] ?? 0) + (bias[i % bias.length] ?? 0);
      return result;
    },
    backward: (gradient, into) => {
      const { biasGradient } = state;
      gradient.forEach((g, i) => {
        const o = i % bias.length;
        biasGradient[o] = (biasGradient[o] ?? 0) + g;
      });
      backward(gradient, into);
    },
  };
}

type Arrays = Pick<TunedLayer, 'weights' | 'weightGradient'>;
type Passes = Pick<TunedLayer, 'forward' | 'backward'>;

/** How the rows of a layer's inputs are found. */
type Rows = Pick<Patches, 'rows' | 'size' | 'gather' | 'scatter'>;

/** Convolutions and matrix products: y = X W^T, dW = dY^T X, dX = dY W, for each group. */
function parts(graph: Graph, { node, outputChannels }: Product, arrays: Arrays, matrices: Matrices): Passes {
  const groups = isNode(node, 'conv-2d') ? node.op.attributes.groups : 1;
  const perGroup = outputChannels / groups;
  const all = Array.from({ length: groups }, (_, group) => rowsOf(graph, node, group));
  const { rows, size } = at(all, 0);
  const sizes = { rows, depth: size, columns: perGroup, transposeA: false, transposeB: true };
  const weightsOf = (list: Float32Array, group: number) =>
    list.subarray(group * perGroup * size, (group + 1) * perGroup * size);
  let gathered: readonly Float32Array[] = [];
  return {
    forward: (input) => {
      gathered = all.map((one) => one.gather(input));
      const results = gathered.map((x, g) => matrices.multiply(x, weightsOf(arrays.weights, g), sizes));
      return groups === 1 ? at(results, 0) : interleave(results, rows, perGroup);
    },
    backward: (gradient, into) => {
      all.forEach((one, g) => {
        const x = at(gathered, g);
        const own = groups === 1 ? gradient : columnsOf(gradient, rows, outputChannels, g * perGroup, perGroup);
        const forWeights = { rows: perGroup, depth: rows, columns: size, transposeA: true, transposeB: false };
        const sums = weightsOf(arrays.weightGradient, g);
        matrices.multiply(own, x, forWeights).forEach((value, i) => {
          sums[i] = (sums[i] ?? 0) + value;
        });
        if (into === null) return;
        const forInputs = { rows, depth: perGroup, columns: size, transposeA: false, transposeB: false };
        one.scatter(matrices.multiply(own, weightsOf(arrays.weights, g), forInputs), into);
      });
    },
  };
}

function rowsOf(graph: Graph, node: ProductNode, group: number): Rows {
  const [input, weights] = [at(node.inputs, 0), at(node.inputs, 1)].map((id) => typeOf(graph, id).shape);
  const output = typeOf(graph, at(node.outputs, 0)).shape;
  if (!isNode(node, 'conv-2d')) {
    const size = dimension(weights ?? [], -1);
    return {
      rows: elementCount(input ?? []) / size,
      size,
      gather: (x) => x,
      scatter: (rows, into) => {
        for (let i = 0; i < into.length; i++) into[i] = (into[i] ?? 0) + (rows[i] ?? 0);
      },
    };
  }
  const depth = dimension(weights ?? [], -1);
  return new Patches(input ?? [], weights ?? [], output, node.op.attributes, group * depth);
}

function interleave(parts: readonly Float32Array[], rows: number, width: number): Float32Array {
  const total = width * parts.length;
  const result = new Float32Array(rows * total);
  parts.forEach((part, p) => {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < width; c++) result[r * total + p * width + c] = part[r * width + c] ?? 0;
    }
  });
  return result;
}

function columnsOf(matrix: Float32Array, rows: number, total: number, first: number, width: number): Float32Array {
  const result = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < width; c++) result[r * width + c] = matrix[r * total + first + c] ?? 0;
  }
  return result;
}

/** y[o] = sum over taps of w[tap, o] x[floor(o / multiplier)]. */
function depthwise(graph: Graph, node: Node<'depthwise-conv-2d'>, arrays: Arrays): Passes {
  const shapeOf = (index: number) => typeOf(graph, at(node.inputs, index)).shape;
  const output = nhwc(typeOf(graph, at(node.outputs, 0)).shape);
  const outputs = output.channels;
  const multiplier = outputs / dimension(shapeOf(0), 3);
  const shapes = { input: nhwc(shapeOf(0)), kernel: nhwc(shapeOf(1)), output };
  const inputOf = Int32Array.from({ length: outputs }, (_, o) => Math.floor(o / multiplier));
  let last = new Float32Array();
  const { weights, weightGradient } = arrays;
  return {
    forward: (input) => {
      last = Float32Array.from(input);
      const result = new Float32Array(output.batch * output.height * output.width * outputs);
      forTaps(node.op.attributes, shapes, (position, from, tap) => {
        const to = position * outputs;
        for (let o = 0; o < outputs; o++) {
          result[to + o] =
            (result[to + o] ?? 0) + (weights[tap * outputs + o] ?? 0) * (input[from + (inputOf[o] ?? 0)] ?? 0);
        }
      });
      return result;
    },
    backward: (gradient, into) => {
      forTaps(node.op.attributes, shapes, (position, from, tap) => {
        const to = position * outputs;
        for (let o = 0; o < outputs; o++) {
          const [g, k, i] = [gradient[to + o] ?? 0, tap * outputs + o, from + (inputOf[o] ?? 0)];
          weightGradient[k] = (weightGradient[k] ?? 0) + g * (last[i] ?? 0);
          if (into !== null) into[i] = (into[i] ?? 0) + g * (weights[k] ?? 0);
        }
      });
    },
  };
}
