import {
  constantOf,
  type Graph,
  isNode,
  type Node,
  typeOf,
  type Uses,
  type ValueId,
  valueById,
} from '../../../ir/graph.ts';
import { PatchBuilder } from '../../../ir/patch.ts';
import type { Rule } from '../../../ir/rewrite.ts';
import { nodeFaults } from '../../../ir/verify.ts';
import { isClamped, withClamp } from '../../../ops/clamped.ts';
import { type Clamp, noClamp } from '../../../ops/definition.ts';
import { clampOf } from '../../../ops/map.ts';
import type { Op } from '../../../ops/op.ts';
import { scaleAt, zeroPointAt } from '../../../tensor/quantization.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { type Tensor, type TensorType, tensorType, typesEqual, zeros } from '../../../tensor/tensor.ts';
import type { Remark, WrittenIntegers } from '../written.ts';
import { type Chain, chainBefore, finishChain, storedBehind } from './chain.ts';
import { functionBefore } from './function-before.ts';

/**
 * Files that we wrote: quantize(f(dequantize(x), ...)) is f on the stored integers, whatever f is, unless a remark says that it takes real
 * numbers. Nothing is chosen here: each operator of the graph that was written comes back.
 */
export function fuseWritten({ remarks }: WrittenIntegers): Rule {
  return {
    name: 'fuse-written',
    match(graph, node, uses) {
      const remark = remarks.get(node.name) ?? null;
      if (!isNode(node, 'quantize') || remark === 'real') return null;
      if (remark === 'table') return asMap(graph, node, uses);
      const chain = chainBefore(graph, node, uses);
      return chain === null ? null : asNode(graph, node, uses, chain, remark);
    },
  };
}

/** A function of each stored integer. */
function asMap(graph: Graph, node: Node, uses: Uses) {
  const [input] = node.inputs;
  const [output] = node.outputs;
  const found = input === undefined ? null : functionBefore(graph, uses, input);
  if (found === null || output === undefined) return null;
  const { name, type } = valueById(graph, output);
  const op: Op = { type: 'map', attributes: { expression: found.expression } };
  if (nodeFaults(op, [typeOf(graph, found.stored)], [type]).length > 0) return null;
  const patch = new PatchBuilder(graph, node).remove(node);
  const result = patch.node(found.place, op, [found.stored], type, name);
  return patch.replace(output, result).finish(`${found.place} on integers`);
}

function asNode(graph: Graph, node: Node, uses: Uses, chain: Chain, remark: Remark | null) {
  const [output] = node.outputs;
  const clamp = clampOf(chain.expression);
  if (output === undefined || clamp === null) return null;
  const { dtype, quantization } = typeOf(graph, output);
  const type = tensorType(dtype, typeOf(graph, chain.start).shape, quantization);
  const found = integerForm(graph, uses, chain, clamp, type, remark);
  if (found === null || nodeFaults(found.op, found.types, [type]).length > 0) return null;
  const patch = new PatchBuilder(graph, node);
  const ids = found.operands.map((operand) =>
    typeof operand === 'number' ? operand : patch.constant(operand.name, operand.tensor),
  );
  const { producer, movers } = chain;
  const name = valueById(graph, output).name;
  const result = patch.node(producer.name, found.op, ids, type, movers.length > 0 ? `${name}/before` : name);
  if (producer.op.type !== 'dequantize') patch.remove(producer);
  finishChain(graph, patch, chain, node, result);
  return patch.finish(`${producer.name} on integers`);
}

/** An operand of the operator on integers: a value of the graph, or a constant to be added to it. */
type Operand = ValueId | { readonly name: string; readonly tensor: Tensor };

interface IntegerForm {
  readonly op: Op;
  readonly types: readonly TensorType[];
  readonly operands: readonly Operand[];
}

function integerForm(
  graph: Graph,
  uses: Uses,
  { producer, start }: Chain,
  clamp: Clamp,
  type: TensorType,
  remark: Remark | null,
): IntegerForm | null {
  if (producer.op.type === 'dequantize') return changeOfScale(graph, start, uses, clamp, type);
  const op = clampedOp(withRemark(producer.op, remark), clamp);
  if (op === null) return null;
  const operands = producer.inputs.map((id, i) =>
    i === 2 && isProduct(producer) ? storedBias(graph, uses, producer, id) : storedOperand(graph, uses, id),
  );
  const known = operands.filter((operand) => operand !== null);
  if (known.length < operands.length) return null;
  const types = known.map((operand) => (typeof operand === 'number' ? typeOf(graph, operand) : operand.tensor.type));
  return { op, types, operands: known };
}

/** Nothing between dequantize and quantize: the same integers, or those of another scale. */
function changeOfScale(graph: Graph, real: ValueId, uses: Uses, clamp: Clamp, type: TensorType): IntegerForm | null {
  const stored = storedBehind(graph, uses, real);
  if (stored === null) return null;
  const isSame = typesEqual(stored.type, type);
  const isOpen = clamp.min === noClamp.min && clamp.max === noClamp.max;
  if (!isOpen && !isSame) return null;
  const op: Op = isSame
    ? { type: 'reshape', attributes: { shape: type.shape } }
    : { type: 'requantize', attributes: {} };
  return { op: isOpen ? op : boundOf(clamp), types: [stored.type], operands: [stored.id] };
}

/** The clamp of stored integers as an operator of its own. */
function boundOf({ min, max }: Clamp): Op {
  const x = { kind: 'x' } as const;
  const raised = { kind: 'binary', fn: 'max', a: x, b: { kind: 'constant', value: min } } as const;
  const lower = Number.isFinite(min) ? raised : x;
  const expression = { kind: 'binary', fn: 'min', a: lower, b: { kind: 'constant', value: max } } as const;
  return { type: 'map', attributes: { expression: Number.isFinite(max) ? expression : lower } };
}

/** The stored integers of an operand; null where it is computed in real numbers. */
function storedOperand(graph: Graph, uses: Uses, id: ValueId): Operand | null {
  return typeOf(graph, id).dtype === 'float32' ? (storedBehind(graph, uses, id)?.id ?? null) : id;
}

function isProduct({ op }: Node): boolean {
  return op.type === 'conv-2d' || op.type === 'depthwise-conv-2d' || op.type === 'fully-connected';
}

/** A bias of zeros, or one in steps of input scale x weight scale; null for any other. */
function storedBias(graph: Graph, uses: Uses, { inputs }: Node, id: ValueId): Operand | null {
  const [input, weights, stored] = [inputs[0], inputs[1], id].map((one) => storedBehind(graph, uses, one));
  const { name, type } = valueById(graph, stored?.id ?? id);
  const constant = stored == null ? constantOf(graph, id) : stored.constant;
  if (input == null || weights == null || constant === null) return null;
  const bare = tensorType('int32', type.shape);
  if (constant.data.every((value: number | bigint) => Number(value) === 0)) return { name, tensor: zeros(bare) };
  const [x, w, b] = [input.type.quantization, weights.type.quantization, type.quantization];
  if (x.kind !== 'per-tensor' || w.kind === 'none' || b.kind === 'none' || type.dtype !== 'int32') return null;
  const count = elementCount(type.shape);
  const fits = (c: number) => scaleAt(b, c) === Math.fround(scaleAt(x, 0) * scaleAt(w, c)) && zeroPointAt(b, c) === 0;
  if ([b, w].some((q) => q.kind === 'per-channel' && q.scales.length !== count)) return null;
  return Array.from({ length: count }, (_, c) => c).every(fits)
    ? { name, tensor: { type: bare, data: constant.data } }
    : null;
}

function withRemark(op: Op, remark: Remark | null): Op {
  if (op.type === 'pool-2d') {
    return { type: op.type, attributes: { ...op.attributes, ties: remark === 'ties-up' ? 'up' : 'away' } };
  }
  if (op.type !== 'resize-bilinear') return op;
  return { type: op.type, attributes: { ...op.attributes, integers: remark === 'bytes' ? 'real-uint8' : 'fixed' } };
}

/** The operator with the clamp that stands behind it, or null where it has none. */
function clampedOp(op: Op, clamp: Clamp): Op | null {
  if (isClamped(op)) return withClamp(op, clamp);
  return clamp.min === noClamp.min && clamp.max === noClamp.max ? op : null;
}
