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
import { evaluateOp } from '../../ops/registry.ts';
import { elementCount, type Shape } from '../../tensor/shape.ts';
import type { Tensor, TensorType } from '../../tensor/tensor.ts';
import {
  inverse,
  isIdentity,
  movesNothing,
  type Permutation,
  permute,
  samePermutation,
  transposeOf,
} from './permutation.ts';
import { shuffleBefore, through } from './through.ts';

/** Replaces `node` by `op` on `inputs`, followed by a transpose. */
function replaceBy(
  graph: Graph,
  node: Node,
  patch: PatchBuilder,
  op: Op,
  inputs: readonly ValueId[],
  permutation: Permutation,
): void {
  const [output] = node.outputs;
  if (output === undefined) return;
  const { type, name } = valueById(graph, output);
  const inner: TensorType = { ...type, shape: permute(type.shape, inverse(permutation)) };
  patch.remove(node);
  if (isIdentity(permutation)) {
    patch.replace(output, patch.node(node.name, op, inputs, inner, name));
    return;
  }
  const result = patch.node(node.name, op, inputs, inner, `${name}/moved`);
  const transpose = { type: 'transpose', attributes: { permutation } } as const;
  patch.replace(output, patch.node(`${node.name} layout`, transpose, [result], type, name));
}

function isPerChannel(type: TensorType): boolean {
  return type.quantization.kind === 'per-channel';
}

/** f(transpose(x)) == transpose(f'(x)), for operators of one data operand. */
const sinkThroughUnary: Rule = {
  name: 'sink-transpose',
  match(graph, node, uses) {
    const [input, ...rest] = node.inputs;
    const before = transposeOf(uses, input);
    if (before === null || input === undefined || isPerChannel(typeOf(graph, input))) return null;
    const moved = through(node.op, before.permutation, typeOf(graph, before.source).shape);
    if (moved === null) return null;
    const patch = new PatchBuilder(graph, node);
    replaceBy(graph, node, patch, moved.op, [before.source, ...rest], moved.permutation);
    return patch.finish(`${node.name} goes before ${before.node.name}`);
  },
};

/** reshape(transpose(x, p)) == reshape(transpose(transpose(x, first), rest)), where `rest` can go on. */
const splitShuffle: Rule = {
  name: 'split-shuffle',
  match(graph, node, uses) {
    const [input] = node.inputs;
    const before = transposeOf(uses, input);
    if (before === null || input === undefined || !isNode(node, 'reshape') || !isOnlyUse(uses, input, node))
      return null;
    const { permutation, source } = before;
    const { type, name } = valueById(graph, source);
    const first = shuffleBefore(node.op.attributes.shape, permutation, type.shape);
    if (first === null) return null;
    const rest = permutation.map((axis) => first.indexOf(axis));
    const shuffled = { ...type, shape: permute(type.shape, first) };
    const moved = through(node.op, rest, shuffled.shape);
    if (moved === null || type.quantization.kind === 'per-channel') return null;
    const patch = new PatchBuilder(graph, node);
    const shuffle = { type: 'transpose', attributes: { permutation: first } } as const;
    const middle = patch.node(before.node.name, shuffle, [source], shuffled, `${name}/shuffled`);
    replaceBy(graph, node, patch, moved.op, [middle], moved.permutation);
    return patch.finish(`${node.name} goes before a part of ${before.node.name}`);
  },
};

/** How an operand of a joint operator looks before the transpose that another operand went through. */
type Source = (patch: PatchBuilder) => ValueId;

/** The operand in the order of axes before `p`, where that costs no transpose; else null. */
function untransposed(graph: Graph, uses: Uses, id: ValueId, p: Permutation): Source | null {
  const own = transposeOf(uses, id);
  if (own !== null && samePermutation(own.permutation, p)) return () => own.source;
  const { type, name } = valueById(graph, id);
  if (isPerChannel(type) || type.shape.length > p.length) return null;
  const wide: Shape = [...new Array<number>(p.length - type.shape.length).fill(1), ...type.shape];
  const back = inverse(p);
  const shape = permute(wide, back);
  const constant = constantOf(graph, id);
  if (constant !== null) {
    const known = { ...constant, type: { ...type, shape: wide } };
    return (patch) => patch.constant(name, transposed(known, back, graph));
  }
  if (!movesNothing(wide, back)) return null;
  const op = { type: 'reshape', attributes: { shape } } as const;
  return (patch) => patch.node(`${name} layout`, op, [id], { ...type, shape }, `${name}/moved`);
}

function transposed(tensor: Tensor, permutation: Permutation, graph: Graph): Tensor {
  const type = { ...tensor.type, shape: permute(tensor.type.shape, permutation) };
  const [result] = evaluateOp({ type: 'transpose', attributes: { permutation } }, [tensor], [type], graph.rounding);
  return result ?? tensor;
}

/** zip(transpose(x), transpose(y)) == transpose(zip(x, y)), and the like for concat, constants and what has no order to change. */
const sinkThroughJoint: Rule = {
  name: 'sink-transposes',
  match(graph, node, uses) {
    if (!isNode(node, 'zip') && !isNode(node, 'concat')) return null;
    const output = node.outputs[0];
    const transposes = node.inputs.map((id) => transposeOf(uses, id));
    const first = transposes.find((found) => found !== null);
    if (first === undefined || output === undefined) return null;
    const p = first.permutation;
    if (typeOf(graph, output).shape.length !== p.length) return null;
    const sources = node.inputs.map((id) => untransposed(graph, uses, id, p));
    const known = sources.filter((source) => source !== null);
    if (known.length < sources.length) return null;
    const op: Op = isNode(node, 'concat')
      ? { type: 'concat', attributes: { axis: p[node.op.attributes.axis] ?? 0 } }
      : node.op;
    const patch = new PatchBuilder(graph, node);
    const inputs = known.map((source) => source(patch));
    replaceBy(graph, node, patch, op, inputs, p);
    return patch.finish(`${node.name} goes before ${first.node.name}`);
  },
};

/** A product with the flattened transpose is one with permuted constant weights: W * flat(transpose(x)) == W' * flat(x). */
const absorbIntoWeights: Rule = {
  name: 'absorb-transpose',
  match(graph, node, uses) {
    const [flat, weightsId, bias] = node.inputs;
    const [output] = node.outputs;
    if (!isNode(node, 'fully-connected') || flat === undefined || weightsId === undefined || bias === undefined)
      return null;
    const weights = constantOf(graph, weightsId);
    const reshape = uses.producer.get(flat);
    if (weights === null || output === undefined || !isNode(reshape, 'reshape') || !isOnlyUse(uses, flat, node))
      return null;
    const before = transposeOf(uses, reshape.inputs[0]);
    if (before === null) return null;
    const { permutation: p } = before;
    const shape = typeOf(graph, before.source).shape;
    const rows = shape[0] ?? 1;
    const flatType = typeOf(graph, flat);
    const depth = elementCount(shape) / rows;
    const unbatched = p[0] === 0 && flatType.shape.length === 2 && flatType.shape[0] === rows;
    const joined = rows === 1 && flatType.shape.at(-1) === depth;
    if (!unbatched && !joined) return null;
    const units = weights.type.shape[0] ?? 1;
    // With one row the batch axis of size 1 may stand anywhere.
    const axes = unbatched ? p.slice(1) : p;
    const inner = unbatched ? shape.slice(1) : shape;
    const first = unbatched ? 1 : 0;
    const order = axes.map((axis) => axis - first);
    const wide = { ...weights, type: { ...weights.type, shape: [units, ...permute(inner, order)] } };
    const back = [0, ...inverse(order).map((axis) => axis + 1)];
    const moved = transposed(wide, back, graph);
    const patch = new PatchBuilder(graph, node).remove(node);
    const name = valueById(graph, weightsId).name;
    const newWeights = patch.constant(name, { type: weights.type, data: moved.data });
    const input = patch.node(
      reshape.name,
      reshape.op,
      [before.source],
      flatType,
      `${valueById(graph, flat).name}/moved`,
    );
    const { type, name: outputName } = valueById(graph, output);
    patch.replace(output, patch.node(node.name, node.op, [input, newWeights, bias], type, outputName));
    return patch.finish(`the weights of ${node.name} take in ${before.node.name}`);
  },
};

/** Rules that move transposes towards the outputs, where those of opposite direction meet and cancel. */
export const sinkRules: readonly Rule[] = [sinkThroughUnary, splitShuffle, sinkThroughJoint, absorbIntoWeights];
