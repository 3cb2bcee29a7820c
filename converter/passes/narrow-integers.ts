import { type Graph, isNode, type Node, typeOf, type Uses, type ValueId, valueById } from '../ir/graph.ts';
import { type Patch, PatchBuilder } from '../ir/patch.ts';
import type { Rule } from '../ir/rewrite.ts';
import type { DType } from '../tensor/dtype.ts';
import { typesEqual } from '../tensor/tensor.ts';

/** Takes int64 out of the inside of a graph where int32 gives the same results; see docs/adr/0013-int64-tensors.md. */

/** The dtypes that hold every number of a dtype. */
const holders: { readonly [D in DType]?: readonly DType[] } = {
  bool: ['int8', 'uint8', 'int16', 'int32', 'int64'],
  int8: ['int16', 'int32', 'int64'],
  uint8: ['int16', 'int32', 'int64'],
  int16: ['int32', 'int64'],
  int32: ['int64'],
};

/** cast(cast(x)) == cast(x), where the dtype between holds every number of x; nothing where the result has the type of x. */
export const mergeCasts: Rule = {
  name: 'merge-casts',
  match(graph, node, uses) {
    const [middle] = node.inputs;
    const [output] = node.outputs;
    if (!isNode(node, 'cast') || middle === undefined || output === undefined) return null;
    const first = uses.producer.get(middle);
    const [source] = first?.inputs ?? [];
    if (!isNode(first, 'cast') || source === undefined) return null;
    if (!holders[typeOf(graph, source).dtype]?.includes(typeOf(graph, middle).dtype)) return null;
    const type = typeOf(graph, output);
    const patch = new PatchBuilder(graph, node).remove(node);
    const result = typesEqual(typeOf(graph, source), type)
      ? source
      : patch.node(node.name, node.op, [source], type, valueById(graph, output).name);
    return patch.replace(output, result).finish(`${node.name} follows ${first.name}`);
  },
};

/**
 * cast(f(x)) == f(cast(x)) from int64 to int32, where only the cast reads f(x): f moves elements, or its low 32 bits are those of f on the
 * low 32 bits of its operands, as for sums, differences and products; or f finds places along an axis, of which none has 2^31.
 */
export const narrowIntegers: Rule = {
  name: 'narrow-integers',
  match(graph, node, uses) {
    const [wide] = node.inputs;
    const [output] = node.outputs;
    if (!isNode(node, 'cast') || wide === undefined || output === undefined) return null;
    if (typeOf(graph, wide).dtype !== 'int64' || typeOf(graph, output).dtype !== 'int32') return null;
    const producer = uses.producer.get(wide);
    if (producer === undefined || uses.outputs.has(wide) || (uses.consumers.get(wide) ?? []).length > 1) return null;
    const operands = narrowable(graph, producer, uses);
    return operands === null ? null : moved(graph, node, producer, operands, output);
  },
};

/** Which operands of `node` would be narrowed with its result; null where it cannot, or where that would cost more casts. */
function narrowable(graph: Graph, node: Node, uses: Uses): readonly number[] | null {
  switch (node.op.type) {
    case 'reshape':
    case 'transpose':
    case 'slice':
      return [0];
    case 'arg-reduce':
      return [];
    case 'zip': {
      if (!['add', 'sub', 'mul'].includes(node.op.attributes.fn)) return null;
      return node.inputs.some((id) => isFree(graph, id, uses)) ? [0, 1] : null;
    }
    default:
      return null;
  }
}

/** Whether a cast of the value disappears: into a constant, or together with another cast. */
function isFree(graph: Graph, id: ValueId, uses: Uses): boolean {
  return valueById(graph, id).data !== null || isNode(uses.producer.get(id), 'cast');
}

function moved(graph: Graph, cast: Node, node: Node, operands: readonly number[], output: ValueId): Patch {
  const patch = new PatchBuilder(graph, cast).remove(cast).remove(node);
  const inputs = node.inputs.map((id, index) => {
    if (!operands.includes(index)) return id;
    const { name, type } = valueById(graph, id);
    return patch.node(cast.name, cast.op, [id], { ...type, dtype: 'int32' }, `${name}/int32`);
  });
  const { name, type } = valueById(graph, output);
  const result = patch.node(node.name, node.op, inputs, type, name);
  return patch.replace(output, result).finish(`${cast.name} goes before ${node.name}`);
}
