import { isNode, type Node, typeOf, valueById } from '../ir/graph.ts';
import { PatchBuilder } from '../ir/patch.ts';
import type { Rule } from '../ir/rewrite.ts';

/** reshape(reshape(x)) == reshape(x). */
export const mergeReshapes: Rule = {
  name: 'merge-reshapes',
  match(graph, node: Node, uses) {
    const [middle] = node.inputs;
    const [output] = node.outputs;
    if (!isNode(node, 'reshape') || middle === undefined || output === undefined) return null;
    const first = uses.producer.get(middle);
    const [source] = first?.inputs ?? [];
    if (!isNode(first, 'reshape') || source === undefined) return null;
    const patch = new PatchBuilder(graph, node).remove(node);
    const result = patch.node(node.name, node.op, [source], typeOf(graph, output), valueById(graph, output).name);
    return patch.replace(output, result).finish(`${node.name} follows ${first.name}`);
  },
};

/** transpose(transpose(x, p), q) == transpose(x, p[q[i]]). */
export const mergeTransposes: Rule = {
  name: 'merge-transposes',
  match(graph, node: Node, uses) {
    const [middle] = node.inputs;
    const [output] = node.outputs;
    if (!isNode(node, 'transpose') || middle === undefined || output === undefined) return null;
    const first = uses.producer.get(middle);
    const [source] = first?.inputs ?? [];
    if (!isNode(first, 'transpose') || source === undefined) return null;
    const permutation = node.op.attributes.permutation.map((axis) => first.op.attributes.permutation[axis] ?? axis);
    const patch = new PatchBuilder(graph, node).remove(node);
    const op = { type: 'transpose', attributes: { permutation } } as const;
    const result = patch.node(node.name, op, [source], typeOf(graph, output), valueById(graph, output).name);
    return patch.replace(output, result).finish(`${node.name} follows ${first.name}`);
  },
};

/** transpose(x) == reshape(x), where only axes of size 1 change their place among the others. */
export const transposeToReshape: Rule = {
  name: 'transpose-to-reshape',
  match(graph, node: Node) {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (!isNode(node, 'transpose') || input === undefined || output === undefined) return null;
    const { shape } = typeOf(graph, input);
    const moved = node.op.attributes.permutation.filter((axis) => shape[axis] !== 1);
    if (moved.some((axis, i) => i > 0 && axis < (moved[i - 1] ?? 0))) return null;
    const type = typeOf(graph, output);
    const patch = new PatchBuilder(graph, node).remove(node);
    const op = { type: 'reshape', attributes: { shape: type.shape } } as const;
    const result = patch.node(node.name, op, [input], type, valueById(graph, output).name);
    return patch.replace(output, result).finish(`${node.name} moves only axes of size 1`);
  },
};
