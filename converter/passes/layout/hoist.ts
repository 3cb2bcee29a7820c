import {
  constantOf,
  type Graph,
  isNode,
  isOnlyUse,
  type Node,
  typeOf,
  type Uses,
  type ValueId,
  valueById,
} from '../../ir/graph.ts';
import { PatchBuilder } from '../../ir/patch.ts';
import type { Rule } from '../../ir/rewrite.ts';
import type { Op } from '../../ops/op.ts';
import { inverse, permute } from './permutation.ts';
import { through } from './through.ts';

/** Operators that a transpose may pass on its way up: one data operand, whose elements keep their places. */
function passable(node: Node | undefined): node is Node {
  return node !== undefined && node.inputs.length === 1 && ['map', 'pad', 'slice'].includes(node.op.type);
}

/** Whether every node above, read by nobody else, lets the transpose pass, up to an input of the graph or another transpose. */
function endsWell(graph: Graph, uses: Uses, start: ValueId, reader: Node): boolean {
  let [id, below] = [start, reader];
  for (;;) {
    const producer = uses.producer.get(id);
    if (producer === undefined) return constantOf(graph, id) === null;
    if (isNode(producer, 'transpose')) return true;
    const next = producer.inputs[0];
    if (!passable(producer) || !isOnlyUse(uses, id, below) || next === undefined) return false;
    [id, below] = [next, producer];
  }
}

/** transpose(f(x)) == f'(transpose(x)), where the transpose gets up to an input, or to another transpose to merge with. */
export const hoistTranspose: Rule = {
  name: 'hoist-transpose',
  match(graph, node, uses) {
    const [middle] = node.inputs;
    const [output] = node.outputs;
    if (!isNode(node, 'transpose') || middle === undefined || output === undefined) return null;
    const before = uses.producer.get(middle);
    const source = before?.inputs[0];
    if (!passable(before) || source === undefined || !isOnlyUse(uses, middle, node)) return null;
    if (!endsWell(graph, uses, source, before)) return null;
    const { permutation } = node.op.attributes;
    const back = inverse(permutation);
    const type = typeOf(graph, source);
    // f = transpose . f' . transpose back, so f' is how f passes the way back.
    const moved: Op | undefined = through(before.op, back, permute(type.shape, permutation))?.op;
    if (moved === undefined || type.quantization.kind === 'per-channel') return null;
    const patch = new PatchBuilder(graph, before).remove(before).remove(node);
    const name = valueById(graph, source).name;
    const upper = patch.node(
      node.name,
      node.op,
      [source],
      { ...type, shape: permute(type.shape, permutation) },
      `${name}/layout`,
    );
    const result = valueById(graph, output);
    patch.replace(output, patch.node(before.name, moved, [upper], result.type, result.name));
    return patch.finish(`${node.name} goes before ${before.name}`);
  },
};
