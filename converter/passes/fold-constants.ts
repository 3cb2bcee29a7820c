import { mayFold } from '../ir/fold.ts';
import { constantOf, type Graph, inputTypes, type Node, outputTypes, valueById } from '../ir/graph.ts';
import { PatchBuilder } from '../ir/patch.ts';
import type { Rule } from '../ir/rewrite.ts';
import { evaluateOp } from '../ops/registry.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** f(constants) == constant, within the limits of {@link mayFold}. */
export const foldConstants: Rule = {
  name: 'fold-constants',
  match(graph, node: Node) {
    const inputs = node.inputs.map((id) => constantOf(graph, id));
    const known = inputs.filter((tensor): tensor is Tensor => tensor !== null);
    if (known.length !== inputs.length || node.inputs.length === 0) return null;
    const types = outputTypes(graph, node);
    if (!mayFold(node.op, inputTypes(graph, node), types, constantElements(graph))) return null;
    const results = evaluateOp(node.op, known, types, graph.rounding);
    const patch = new PatchBuilder(graph, node).remove(node);
    node.outputs.forEach((id, i) => {
      const tensor = results[i];
      if (tensor !== undefined) patch.replace(id, patch.constant(valueById(graph, id).name, tensor));
    });
    return patch.finish(`${node.name} has constant inputs`);
  },
};

function constantElements(graph: Graph): number {
  let elements = 0;
  for (const value of graph.values.values()) elements += value.data?.length ?? 0;
  return elements;
}
