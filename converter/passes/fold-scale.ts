import { constantOf, type Graph, isNode, isOnlyUse, type Node, typeOf, type Uses, valueById } from '../ir/graph.ts';
import { PatchBuilder } from '../ir/patch.ts';
import type { Rule } from '../ir/rewrite.ts';
import { withClamp } from '../ops/clamped.ts';
import type { Op } from '../ops/op.ts';
import { shapesEqual } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

type Product = Node<'conv-2d'> | Node<'depthwise-conv-2d'> | Node<'fully-connected'>;

function isProduct(node: Node | undefined): node is Product {
  return isNode(node, 'conv-2d') || isNode(node, 'depthwise-conv-2d') || isNode(node, 'fully-connected');
}

/** One number for each output channel from a constant that broadcasts along the last axis only, or null. */
function perChannel(tensor: Tensor, channels: number): Float32Array | null {
  const { data, type } = tensor;
  if (!(data instanceof Float32Array) || type.dtype !== 'float32') return null;
  if (data.length === 1) return new Float32Array(channels).fill(data[0] ?? 0);
  return data.length === channels && type.shape.at(-1) === channels ? data : null;
}

/** The product before the zip with its constant operand, and whether the constant stands first. */
function matched(graph: Graph, node: Node<'zip'>, uses: Uses) {
  for (const first of [0, 1]) {
    const [input, other] = [node.inputs[first], node.inputs[1 - first]];
    if (input === undefined || other === undefined) continue;
    const product = uses.producer.get(input);
    const operand = constantOf(graph, other);
    if (isProduct(product) && operand !== null && isOnlyUse(uses, input, node))
      return { product, operand, constantFirst: first === 1 };
  }
  return null;
}

/** Weights times a factor for each output channel: the last axis of depthwise weights, the first of others. */
function scaledWeights(weights: Tensor, factors: Float32Array, isDepthwise: boolean): Tensor {
  const perOutput = weights.data.length / factors.length;
  const data = Float32Array.from(weights.data as Float32Array, (weight, i) => {
    return weight * (factors[isDepthwise ? i % factors.length : Math.floor(i / perOutput)] ?? 1);
  });
  return { type: weights.type, data };
}

/** What a zip with per-channel constants does to the product: y = scale * y + offset. */
function affine(
  fn: string,
  values: Float32Array,
  constantFirst: boolean,
): { scale: Float32Array | null; offset: Float32Array | null } | null {
  if (fn === 'add') return { scale: null, offset: values };
  if (fn === 'mul') return { scale: values, offset: null };
  if (fn === 'sub' && !constantFirst) return { scale: null, offset: values.map((value) => -value) };
  if (fn === 'div' && !constantFirst && !values.includes(0))
    return { scale: values.map((value) => 1 / value), offset: null };
  return null;
}

/**
 * zip(product(x, w, b), constants per channel) == product(x, w', b'), in float32: batch normalization behind a convolution, a bias
 * behind a matrix product. Weights are multiplied in double precision and rounded once.
 */
export const foldScale: Rule = {
  name: 'fold-scale',
  match(graph, node, uses) {
    const [output] = node.outputs;
    if (!isNode(node, 'zip') || output === undefined) return null;
    const found = matched(graph, node, uses);
    if (found === null) return null;
    const { product, operand, constantFirst } = found;
    const [input, weightsId, biasId] = product.inputs;
    const { min, max } = product.op.attributes.clamp;
    if (input === undefined || weightsId === undefined || biasId === undefined) return null;
    if (min !== Number.NEGATIVE_INFINITY || max !== Number.POSITIVE_INFINITY) return null;
    const [weights, bias] = [constantOf(graph, weightsId), constantOf(graph, biasId)];
    const type = typeOf(graph, output);
    const before = typeOf(graph, product.outputs[0] ?? output);
    if (weights?.type.dtype !== 'float32' || bias?.type.dtype !== 'float32' || !shapesEqual(type.shape, before.shape))
      return null;
    const values = perChannel(operand, bias.data.length);
    const change = values === null ? null : affine(node.op.attributes.fn, values, constantFirst);
    if (change === null) return null;
    const { scale, offset } = change;
    const patch = new PatchBuilder(graph, node).remove(product).remove(node);
    const isDepthwise = product.op.type === 'depthwise-conv-2d';
    const newWeights =
      scale === null
        ? weightsId
        : patch.constant(valueById(graph, weightsId).name, scaledWeights(weights, scale, isDepthwise));
    const data = Float32Array.from(
      bias.data as Float32Array,
      (value, o) => value * (scale?.[o] ?? 1) + (offset?.[o] ?? 0),
    );
    const newBias = patch.constant(valueById(graph, biasId).name, { type: bias.type, data });
    const op: Op = withClamp(product.op, node.op.attributes.clamp);
    patch.replace(
      output,
      patch.node(product.name, op, [input, newWeights, newBias], type, valueById(graph, output).name),
    );
    return patch.finish(`${product.name} takes in ${node.name}`);
  },
};
