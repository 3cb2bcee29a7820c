import { type Graph, type Node, typeOf } from '../ir/graph.ts';
import { PatchBuilder } from '../ir/patch.ts';
import type { Rule } from '../ir/rewrite.ts';
import { typesEqual } from '../tensor/tensor.ts';

/** Whether the operator gives its first input back, provided that the types are equal. */
function isIdentity(node: Node): boolean {
  const { op } = node;
  switch (op.type) {
    case 'map':
      return op.attributes.expression.kind === 'x';
    case 'pad':
      return [...op.attributes.before, ...op.attributes.after].every((n) => n === 0);
    case 'slice':
      return op.attributes.begin.every((n) => n === 0) && op.attributes.strides.every((n) => n === 1);
    case 'concat':
      return node.inputs.length === 1;
    case 'transpose':
      return op.attributes.permutation.every((axis, i) => axis === i);
    case 'reshape':
    case 'requantize':
      return true;
    default:
      return false;
  }
}

/** f(x) == x. */
export const eliminateIdentity: Rule = {
  name: 'eliminate-identity',
  match(graph: Graph, node: Node) {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (input === undefined || output === undefined || !isIdentity(node)) return null;
    if (!typesEqual(typeOf(graph, input), typeOf(graph, output))) return null;
    return new PatchBuilder(graph, node).remove(node).replace(output, input).finish(`${node.name} changes nothing`);
  },
};

/** quantize(dequantize(x)) == x, where both have the type of x, of 8 or 16 bits: float32 holds all of their values. */
export const eliminateQuantizePair: Rule = {
  name: 'eliminate-quantize-pair',
  match(graph, node, uses) {
    const [real] = node.inputs;
    const [output] = node.outputs;
    if (node.op.type !== 'quantize' || real === undefined || output === undefined) return null;
    const producer = uses.producer.get(real);
    const [source] = producer?.inputs ?? [];
    if (producer?.op.type !== 'dequantize' || source === undefined) return null;
    if (typeOf(graph, output).dtype === 'int32') return null;
    if (!typesEqual(typeOf(graph, source), typeOf(graph, output))) return null;
    const patch = new PatchBuilder(graph, node).remove(node).replace(output, source);
    return patch.finish(`${node.name} undoes ${producer.name}`);
  },
};
