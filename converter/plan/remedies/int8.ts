import type { Graph, Value, ValueId } from '../../ir/graph.ts';
import { perTensor } from '../../tensor/quantization.ts';
import type { TensorType } from '../../tensor/tensor.ts';

/** Inputs of these operators with this index are biases: int32 when the rest is int8. */
const biasOf: ReadonlyMap<string, number> = new Map([
  ['conv-2d', 2],
  ['depthwise-conv-2d', 2],
  ['fully-connected', 2],
]);

/** Any scale will do: sizes do not depend on it. */
const anyScale = perTensor(1 / 128, 0);

/**
 * The graph with int8 in the place of float32, and int32 for biases: what a quantized model of the same layers needs of memory. It is
 * there to be planned and cannot be run. Null for a graph without float32.
 */
export function asInt8(graph: Graph): Graph | null {
  const biases = new Set<ValueId>(
    graph.nodes.flatMap(({ op, inputs }) => {
      const bias = inputs[biasOf.get(op.type) ?? -1];
      return bias === undefined ? [] : [bias];
    }),
  );
  const isFloat = ({ type }: Value) => type.dtype === 'float32';
  if (![...graph.values.values()].some(isFloat)) return null;
  const int8 = (value: Value): TensorType => {
    const dtype = biases.has(value.id) ? 'int32' : 'int8';
    return { ...value.type, dtype, quantization: anyScale };
  };
  const values = [...graph.values].map(([id, value]): [ValueId, Value] => {
    return [id, isFloat(value) ? { ...value, type: int8(value) } : value];
  });
  return { ...graph, values: new Map(values) };
}
