import { constantOf, type Graph, type Node, type typeOf, type Uses, valueById } from '../../../ir/graph.ts';
import type { PatchBuilder } from '../../../ir/patch.ts';
import { withClamp } from '../../../ops/clamped.ts';
import type { Clamp } from '../../../ops/definition.ts';
import { realValues } from '../../../ops/dequantize.ts';
import { type Quantization, scaleAt, zeroPointAt } from '../../../tensor/quantization.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import { type Tensor, type TensorType, tensorType } from '../../../tensor/tensor.ts';
import { storedBehind, storedBytes } from './chain.ts';
import type { IntegerNode } from './integer-node.ts';

type ProductType = 'conv-2d' | 'depthwise-conv-2d' | 'fully-connected';

/** The axis of the weights along which the output channels lie. */
const channelAxes: { readonly [T in ProductType]: number } = {
  'conv-2d': 0,
  'depthwise-conv-2d': 3,
  'fully-connected': 0,
};

/**
 * A product of dequantized int8 input and constant int8 weights, as the integer product. The bias is rounded to the scale of the
 * accumulator, input scale x weight scale. Null where the weights have zero points per channel, or where sums may leave 32 bits.
 */
export function integerProduct(
  graph: Graph,
  node: Node,
  uses: Uses,
  clamp: Clamp,
  output: TensorType,
): IntegerNode | null {
  const { op } = node;
  if (op.type !== 'conv-2d' && op.type !== 'depthwise-conv-2d' && op.type !== 'fully-connected') return null;
  const [x, w, b] = node.inputs;
  const input = storedBytes(graph, uses, x);
  const weights = storedBehind(graph, uses, w);
  const bias = b === undefined ? null : constantReals(graph, uses, b);
  if (input === null || weights?.constant == null || bias === null || weights.type.dtype !== 'int8') return null;
  const axis = channelAxes[op.type];
  const quantization = weightQuantization(weights.type, axis);
  if (quantization === null) return null;
  const channels = dimension(weights.type.shape, axis);
  const largest = 255 * 255 * (elementCount(weights.type.shape) / channels);
  const inputScale = scaleAt(input.type.quantization, 0);
  const stored = new Int32Array(channels);
  for (let c = 0; c < channels; c++) {
    const value = Math.round((bias[c] ?? 0) / (inputScale * scaleAt(quantization, c)));
    if (!(Math.abs(value) + largest < 2 ** 31)) return null;
    stored[c] = value;
  }
  const weightTensor: Tensor = { type: { ...weights.type, quantization }, data: weights.constant.data };
  const biasTensor: Tensor = { type: tensorType('int32', [channels]), data: stored };
  return {
    op: withClamp(op, clamp),
    inputTypes: [input.type, weightTensor.type, biasTensor.type],
    output,
    inputs: (patch: PatchBuilder) => [
      input.id,
      patch.constant(valueById(graph, weights.id).name, weightTensor),
      patch.constant(b === undefined ? `${node.name}/bias` : valueById(graph, b).name, biasTensor),
    ],
  };
}

/** One scale per channel where all zero points are 0, else one scale and one zero point, or null where that cannot be said. */
function weightQuantization({ shape, quantization: q }: TensorType, axis: number): Quantization | null {
  const channels = dimension(shape, axis);
  const scales = Array.from({ length: channels }, (_, c) => (q.kind === 'per-channel' ? q.scales[c] : scaleAt(q, c)));
  const known = scales.filter((scale) => scale !== undefined);
  if (known.length < channels || (q.kind === 'per-channel' && (q.axis !== axis || q.scales.length !== channels)))
    return null;
  const zeroPoints = known.map((_, c) => zeroPointAt(q, c));
  if (zeroPoints.every((zero) => zero === 0)) return { kind: 'per-channel', axis, scales: known, zeroPoints };
  return q.kind === 'per-tensor' ? q : null;
}

/** The elements of a constant, of float32 or behind a `dequantize`. */
function constantReals(graph: Graph, uses: Uses, id: Parameters<typeof typeOf>[1]): ArrayLike<number> | null {
  const constant = constantOf(graph, id);
  if (constant?.data instanceof Float32Array) return constant.data;
  const stored = storedBehind(graph, uses, id);
  return stored?.constant == null ? null : realValues(stored.constant);
}
