import { type Graph, type Node, type Value, type ValueId, valueById } from '../../ir/graph.ts';
import type { Op } from '../../ops/op.ts';
import { scaleAt, zeroPointAt } from '../../tensor/quantization.ts';
import { numericData, type Tensor, tensorType } from '../../tensor/tensor.ts';
import { channelIndex } from './lower/weights.ts';

/**
 * The graph with real weights in its hybrid layers (float32 activations, int8 weights), which quantize their inputs at run time: their
 * int8 weights mean the same real numbers, and the inputs get a scale of their own from calibration.
 */
export function withRealWeights(graph: Graph): Graph {
  const real = new Map<ValueId, Value>();
  const nodes = graph.nodes.map((node): Node => {
    const op = withoutHybrid(node.op);
    const weights = node.inputs[1];
    if (op === null || weights === undefined) return node;
    const value = valueById(graph, weights);
    if (value.data === null || value.type.dtype !== 'int8') return node;
    const { type, data } = dequantizedWeights({ type: value.type, data: value.data });
    real.set(weights, { ...value, type, data });
    return { ...node, op };
  });
  if (real.size === 0) return graph;
  const values = new Map([...graph.values].map(([id, value]) => [id, real.get(id) ?? value]));
  return { ...graph, nodes, values };
}

/** The same layer on real numbers; null for what is not hybrid. */
function withoutHybrid(op: Op): Op | null {
  switch (op.type) {
    case 'conv-2d':
      return isHybrid(op) ? { type: op.type, attributes: { ...op.attributes, hybrid: 'none' } } : null;
    case 'depthwise-conv-2d':
      return isHybrid(op) ? { type: op.type, attributes: { ...op.attributes, hybrid: 'none' } } : null;
    case 'fully-connected':
      return isHybrid(op) ? { type: op.type, attributes: { ...op.attributes, hybrid: 'none' } } : null;
    default:
      return null;
  }
}

function isHybrid({ attributes }: Op<'conv-2d' | 'depthwise-conv-2d' | 'fully-connected'>): boolean {
  return attributes.hybrid !== 'none';
}

function dequantizedWeights(weights: Tensor): Tensor {
  const { type } = weights;
  const { quantization } = type;
  const channelOf = quantization.kind === 'per-channel' ? channelIndex(type, quantization.axis) : () => 0;
  const data = Float32Array.from(numericData(weights), (stored, i) => {
    return (stored - zeroPointAt(quantization, channelOf(i))) * scaleAt(quantization, channelOf(i));
  });
  return { type: tensorType('float32', type.shape), data };
}
