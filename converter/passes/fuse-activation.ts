import { type Graph, isNode, isOnlyUse, type Node, typeOf, valueById } from '../ir/graph.ts';
import { PatchBuilder } from '../ir/patch.ts';
import type { Rule } from '../ir/rewrite.ts';
import { arithmeticOf } from '../ops/arithmetic.ts';
import { isClamped, withClamp } from '../ops/clamped.ts';
import type { Clamp } from '../ops/definition.ts';
import type { Op } from '../ops/op.ts';
import { quantizationsEqual } from '../tensor/quantization.ts';
import { clampOfExpression, composeClamps } from './clamp-expression.ts';

/** The operator with its clamp followed by another one, or null for operators without a clamp. */
function followedBy(op: Op, clamp: Clamp): Op | null {
  return isClamped(op) ? withClamp(op, composeClamps(op.attributes.clamp, clamp)) : null;
}

/**
 * clamp(f(x)) == f-with-clamp(x), where nobody else reads f(x) and both results have one quantization. Not for whole numbers, of
 * which most have no clamp, nor for float16, which has its bounds rounded.
 */
export const fuseActivation: Rule = {
  name: 'fuse-activation',
  match(graph: Graph, node: Node, uses) {
    if (!isNode(node, 'map')) return null;
    const [input] = node.inputs;
    const [output] = node.outputs;
    const clamp = clampOfExpression(node.op.attributes.expression);
    if (input === undefined || output === undefined || clamp === null) return null;
    const producer = uses.producer.get(input);
    if (producer === undefined || !isOnlyUse(uses, input, node)) return null;
    const type = typeOf(graph, output);
    if (arithmeticOf(type) === 'whole' || type.dtype === 'float16') return null;
    if (!quantizationsEqual(typeOf(graph, input).quantization, type.quantization)) return null;
    const op = followedBy(producer.op, clamp);
    if (op === null) return null;
    const patch = new PatchBuilder(graph, producer).remove(producer).remove(node);
    patch.replace(output, patch.node(producer.name, op, producer.inputs, type, valueById(graph, output).name));
    return patch.finish(`${node.name} clamps the only use of ${producer.name}`);
  },
};
