import { isNode, isOnlyUse, type Node, typeOf, valueById } from '../ir/graph.ts';
import { PatchBuilder } from '../ir/patch.ts';
import type { Rule } from '../ir/rewrite.ts';
import type { Op } from '../ops/op.ts';
import type { PadAttributes } from '../ops/pad.ts';
import type { Padding, Window } from '../ops/window.ts';

/** The convolution with the pad's zeros added to its own padding. */
function withPadding(op: Op, pad: PadAttributes): Op | null {
  const grow = ({ padding }: Window): Padding => ({
    top: padding.top + (pad.before[1] ?? 0),
    left: padding.left + (pad.before[2] ?? 0),
    bottom: padding.bottom + (pad.after[1] ?? 0),
    right: padding.right + (pad.after[2] ?? 0),
  });
  if (op.type === 'conv-2d') return { type: op.type, attributes: { ...op.attributes, padding: grow(op.attributes) } };
  if (op.type === 'depthwise-conv-2d') {
    return { type: op.type, attributes: { ...op.attributes, padding: grow(op.attributes) } };
  }
  return null;
}

/** Only zeros, only rows and columns of an NHWC tensor. */
function isSpatialZeroPad({ before, after, value }: PadAttributes): boolean {
  const others = [before[0], before[3], after[0], after[3]];
  return before.length === 4 && value === 0 && others.every((n) => n === 0);
}

/** conv(pad(x)) == conv-with-padding(x), where nobody else reads pad(x). */
export const foldPadding: Rule = {
  name: 'fold-padding',
  match(graph, node: Node, uses) {
    const [padded, ...rest] = node.inputs;
    const [output] = node.outputs;
    if (padded === undefined || output === undefined || !isOnlyUse(uses, padded, node)) return null;
    const pad = uses.producer.get(padded);
    if (!isNode(pad, 'pad') || !isSpatialZeroPad(pad.op.attributes)) return null;
    const [source] = pad.inputs;
    const op = withPadding(node.op, pad.op.attributes);
    if (op === null || source === undefined || rest.includes(padded)) return null;
    const patch = new PatchBuilder(graph, node).remove(pad).remove(node);
    const result = patch.node(node.name, op, [source, ...rest], typeOf(graph, output), valueById(graph, output).name);
    return patch.replace(output, result).finish(`${node.name} pads as ${pad.name} did`);
  },
};
