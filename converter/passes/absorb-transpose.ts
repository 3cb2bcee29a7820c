import { isNode, isOnlyUse, type Node, typeOf, valueById } from '../ir/graph.ts';
import { PatchBuilder } from '../ir/patch.ts';
import type { Rule } from '../ir/rewrite.ts';
import { isIdentity, permute, transposeOf } from './layout/permutation.ts';

/**
 * matmul(a, transpose(b, p)) == matmul(a, transpose(b, q)) with the flag of b turned, where q is p with its last two axes exchanged and
 * leaves the last axis in place: rows move as a whole, or nothing moves. The same for a.
 */
export const absorbTranspose: Rule = {
  name: 'absorb-transpose-into-matmul',
  match(graph, node: Node, uses) {
    const [output] = node.outputs;
    if (!isNode(node, 'matmul') || output === undefined) return null;
    for (const [side, flag] of [
      [0, 'transposeA'],
      [1, 'transposeB'],
    ] as const) {
      const id = node.inputs[side];
      const before = transposeOf(uses, id);
      if (before === null || id === undefined || !isOnlyUse(uses, id, node)) continue;
      const { permutation, source } = before;
      const last = permutation.length - 1;
      const rest = [...permutation.slice(0, -2), permutation[last] ?? last, permutation[last - 1] ?? last];
      if (rest[last] !== last) continue;
      const patch = new PatchBuilder(graph, node).remove(node);
      const { type, name } = valueById(graph, source);
      const moved = { ...type, shape: permute(type.shape, rest) };
      const transpose = { type: 'transpose', attributes: { permutation: rest } } as const;
      const operand = isIdentity(rest)
        ? source
        : patch.node(before.node.name, transpose, [source], moved, `${name}/rows`);
      const attributes = { ...node.op.attributes, [flag]: !node.op.attributes[flag] };
      const inputs = node.inputs.map((input, i) => (i === side ? operand : input));
      const result = patch.node(
        node.name,
        { type: 'matmul', attributes },
        inputs,
        typeOf(graph, output),
        valueById(graph, output).name,
      );
      return patch.replace(output, result).finish(`${node.name} reads the operand of ${before.node.name}`);
    }
    return null;
  },
};
