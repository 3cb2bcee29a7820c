import { type Graph, typeOf, usesOf, type ValueId } from '../../converter/ir/graph.ts';
import { isQuantizedDType } from '../../converter/tensor/dtype.ts';

/**
 * By how much an output may miss the one of onnxruntime where one stored integer differs by 1: 1 for an output of integers, the scale for
 * one that was only dequantized, 0 for every other. onnxruntime rounds float32 numbers whose last bits depend on the order of its
 * additions; a tie may fall to either side. Models of other formats get 0: their arithmetic is on integers and known to the bit.
 */
export function outputUnits(graph: Graph): readonly number[] {
  if (graph.rounding !== 'float') return graph.outputs.map(() => 0);
  const { producer } = usesOf(graph);
  const unitOf = (id: ValueId): number => {
    const { dtype, quantization } = typeOf(graph, id);
    if (quantization.kind === 'per-tensor' && isQuantizedDType(dtype)) return 1;
    const node = producer.get(id);
    const [input] = node?.inputs ?? [];
    if (node === undefined || input === undefined) return 0;
    if (node.op.type === 'reshape' || node.op.type === 'transpose') return unitOf(input);
    const stored = typeOf(graph, input).quantization;
    return node.op.type === 'dequantize' && stored.kind === 'per-tensor' ? stored.scale : 0;
  };
  return graph.outputs.map(({ value }) => unitOf(value));
}
