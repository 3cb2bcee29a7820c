import { type Graph, outputTypes, type ValueId, valueById } from '../../../../converter/ir/graph.ts';
import { evaluateOp } from '../../../../converter/ops/registry.ts';
import type { Tensor } from '../../../../converter/tensor/tensor.ts';

/** All tensors of one inference by the reference evaluation, constants included. */
export function evaluateNodes(graph: Graph, inputs: readonly Tensor[]): (id: ValueId) => Tensor {
  const tensors = new Map<ValueId, Tensor>();
  graph.inputs.forEach(({ value }, i) => {
    const tensor = inputs[i];
    if (tensor !== undefined) tensors.set(value, tensor);
  });
  const tensorOf = (id: ValueId): Tensor => {
    const { type, data } = valueById(graph, id);
    const tensor = tensors.get(id) ?? (data === null ? undefined : { type, data });
    if (tensor === undefined) throw new Error(`no tensor %${id}`);
    return tensor;
  };
  for (const node of graph.nodes) {
    const results = evaluateOp(node.op, node.inputs.map(tensorOf), outputTypes(graph, node), graph.rounding);
    node.outputs.forEach((id, i) => {
      const tensor = results[i];
      if (tensor !== undefined) tensors.set(id, tensor);
    });
  }
  return tensorOf;
}
