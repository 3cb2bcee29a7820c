import { constantOf, type Node, outputTypes, valueById } from '../ir/graph.ts';
import { PatchBuilder } from '../ir/patch.ts';
import type { Rule } from '../ir/rewrite.ts';
import { evaluateOp } from '../ops/registry.ts';
import { elementCount } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Larger results stay computed: a small file must not unfold into a huge constant. */
const maxElements = 16 * 1024 * 1024;

/** f(constants) == constant. */
export const foldConstants: Rule = {
  name: 'fold-constants',
  match(graph, node: Node) {
    const inputs = node.inputs.map((id) => constantOf(graph, id));
    const known = inputs.filter((tensor): tensor is Tensor => tensor !== null);
    if (known.length !== inputs.length || node.inputs.length === 0) return null;
    const types = outputTypes(graph, node);
    if (types.some((type) => elementCount(type.shape) > maxElements)) return null;
    const results = evaluateOp(node.op, known, types, graph.rounding);
    const patch = new PatchBuilder(graph, node).remove(node);
    node.outputs.forEach((id, i) => {
      const tensor = results[i];
      if (tensor !== undefined) patch.replace(id, patch.constant(valueById(graph, id).name, tensor));
    });
    return patch.finish(`${node.name} has constant inputs`);
  },
};
