import { evaluateOp } from '../ops/registry.ts';
import { invariant } from '../problem.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Graph, outputTypes, type ValueId, valueById } from './graph.ts';

/**
 * The reference evaluator: runs the graph operator by operator.
 *
 * `inputs` follow `graph.inputs` in order and type. `observe` sees every computed value once, in execution order; it is
 * how calibration and `verify` look inside. Values are dropped after their last use.
 */
export function evaluateGraph(
  graph: Graph,
  inputs: readonly Tensor[],
  observe: (id: ValueId, tensor: Tensor) => void = () => {},
): Tensor[] {
  invariant(inputs.length === graph.inputs.length, `expected ${graph.inputs.length} inputs, got ${inputs.length}`);
  const live = new Map<ValueId, Tensor>();
  graph.inputs.forEach((port, i) => {
    const tensor = inputs[i];
    invariant(tensor !== undefined, 'input missing');
    live.set(port.value, tensor);
  });
  const lastUse = lastUses(graph);
  const read = (id: ValueId): Tensor => {
    const value = valueById(graph, id);
    const tensor = value.data === null ? live.get(id) : { type: value.type, data: value.data };
    invariant(tensor !== undefined, `value %${id} "${value.name}" was not computed`);
    return tensor;
  };
  graph.nodes.forEach((node, index) => {
    const results = evaluateOp(node.op, node.inputs.map(read), outputTypes(graph, node), graph.rounding);
    node.outputs.forEach((id, i) => {
      const tensor = results[i];
      invariant(tensor !== undefined, `${node.name} gave no output ${i}`);
      live.set(id, tensor);
      observe(id, tensor);
    });
    for (const id of [...node.inputs, ...node.outputs]) if ((lastUse.get(id) ?? -1) <= index) live.delete(id);
  });
  return graph.outputs.map((port) => read(port.value));
}

function lastUses(graph: Graph): Map<ValueId, number> {
  const last = new Map<ValueId, number>();
  graph.nodes.forEach((node, index) => {
    for (const id of node.inputs) last.set(id, index);
  });
  for (const port of graph.outputs) last.set(port.value, graph.nodes.length);
  return last;
}
