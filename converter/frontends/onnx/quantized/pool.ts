import { type Graph, type Node, typeOf, type Uses } from '../../../ir/graph.ts';
import type { Clamp } from '../../../ops/definition.ts';
import { quantizationsEqual } from '../../../tensor/quantization.ts';
import { dimension } from '../../../tensor/shape.ts';
import { type TensorType, tensorType } from '../../../tensor/tensor.ts';
import { storedBytes } from './chain.ts';
import type { IntegerNode } from './integer-node.ts';

/**
 * Average pooling of int8. Where windows are always full it is a depthwise convolution with weights of 1 and a scale of
 * 1 / (elements of the window), which goes from scale to scale with one rounding of its own. Others stay pools, where both sides have
 * one scale.
 */
export function integerAverage(
  graph: Graph,
  node: Node,
  uses: Uses,
  clamp: Clamp,
  output: TensorType,
): IntegerNode | null {
  const input = storedBytes(graph, uses, node.inputs[0]);
  const [result] = node.outputs;
  if (node.op.type !== 'pool-2d' || input === null || result === undefined) return null;
  const { attributes } = node.op;
  if (attributes.kind !== 'average' || Number.isFinite(attributes.clamp.min) || Number.isFinite(attributes.clamp.max))
    return null;
  const { kernel, strides, dilations, padding } = attributes;
  const [, height = 1, width = 1] = input.type.shape;
  const [, rows = 1, columns = 1] = typeOf(graph, result).shape;
  const isFull =
    padding.top + padding.left === 0 &&
    (rows - 1) * strides[0] + kernel[0] <= height &&
    (columns - 1) * strides[1] + kernel[1] <= width;
  if (!isFull) {
    if (!quantizationsEqual(input.type.quantization, output.quantization)) return null;
    const op = { type: 'pool-2d', attributes: { ...attributes, clamp } } as const;
    return { op, inputTypes: [input.type], output, inputs: () => [input.id] };
  }
  const channels = dimension(input.type.shape, 3);
  const shape = [1, kernel[0], kernel[1], channels];
  const scales = new Array<number>(channels).fill(1 / (kernel[0] * kernel[1]));
  const zeroPoints = new Array<number>(channels).fill(0);
  const weights = {
    type: tensorType('int8', shape, { kind: 'per-channel', axis: 3, scales, zeroPoints }),
    data: new Int8Array(kernel[0] * kernel[1] * channels).fill(1),
  };
  const bias = { type: tensorType('int32', [channels]), data: new Int32Array(channels) };
  return {
    op: { type: 'depthwise-conv-2d', attributes: { strides, dilations, padding, clamp, hybrid: 'none' } },
    inputTypes: [input.type, weights.type, bias.type],
    output,
    inputs: (patch) => [
      input.id,
      patch.constant(`${node.name}/ones`, weights),
      patch.constant(`${node.name}/zeros`, bias),
    ],
  };
}
