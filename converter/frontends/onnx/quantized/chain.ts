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
} from '../../../ir/graph.ts';
import type { PatchBuilder } from '../../../ir/patch.ts';
import { type ScalarExpression, theVariable } from '../../../ops/scalar-expression.ts';
import { elementCount, shapesEqual } from '../../../tensor/shape.ts';
import { type Tensor, type TensorType, tensorType } from '../../../tensor/tensor.ts';

/** What lies between the operator that computes something and the `quantize` that reads it. */
export interface Chain {
  readonly producer: Node;
  /** The result of the producer. */
  readonly start: ValueId;
  /** A function of each element on the way. */
  readonly expression: ScalarExpression;
  /** Reshapes and transposes on the way, in the order of execution. */
  readonly movers: readonly (Node<'reshape'> | Node<'transpose'>)[];
  /** All nodes between, which nobody else reads. */
  readonly nodes: readonly Node[];
}

/** Longer compositions are kept as operators of their own. */
const expressionLimit = 48;

/** The way from `quantize` back to what computes its input. A `dequantize` may have other readers. */
export function chainBefore(graph: Graph, quantize: Node, uses: Uses): Chain | null {
  const movers: (Node<'reshape'> | Node<'transpose'>)[] = [];
  const nodes: Node[] = [];
  let expression = theVariable;
  let reader = quantize;
  let [id] = quantize.inputs;
  for (;;) {
    const node = id === undefined ? undefined : uses.producer.get(id);
    if (id === undefined || node === undefined) return null;
    const found = { producer: node, start: id, expression, movers: [...movers].reverse(), nodes };
    if (node.op.type === 'dequantize') return found;
    if (!isOnlyUse(uses, id, reader)) return null;
    const step = elementwise(graph, node);
    if (isNode(node, 'reshape') || isNode(node, 'transpose')) {
      movers.push(node);
      id = node.inputs[0];
    } else if (step !== null) {
      expression = substitute(expression, step.expression);
      if (sizeOf(expression) > expressionLimit) return null;
      id = step.input;
    } else return found;
    nodes.push(node);
    reader = node;
  }
}

/** Functions of two numbers that an expression has. */
const scalarFunctions = ['add', 'sub', 'mul', 'div', 'max', 'min'] as const;

/** A map, or a zip with one constant number, as a function of its operand. */
function elementwise(graph: Graph, node: Node): { input: ValueId; expression: ScalarExpression } | null {
  const [a, b] = node.inputs;
  const [output] = node.outputs;
  if (a === undefined || output === undefined || typeOf(graph, output).dtype !== 'float32') return null;
  if (isNode(node, 'map')) return { input: a, expression: node.op.attributes.expression };
  if (!isNode(node, 'zip') || b === undefined) return null;
  const { clamp } = node.op.attributes;
  const fn = scalarFunctions.find((name) => name === node.op.attributes.fn);
  if (fn === undefined || Number.isFinite(clamp.min) || Number.isFinite(clamp.max)) return null;
  for (const [input, other, isFirst] of [[a, b, true] as const, [b, a, false] as const]) {
    const number = constantOf(graph, other);
    if (number === null || elementCount(number.type.shape) !== 1) continue;
    if (!shapesEqual(typeOf(graph, input).shape, typeOf(graph, output).shape)) continue;
    const value = { kind: 'constant', value: Number(number.data[0]) } as const;
    const [left, right] = isFirst ? [theVariable, value] : [value, theVariable];
    return { input, expression: { kind: 'binary', fn, a: left, b: right } };
  }
  return null;
}

/** `outer` with `inner` in the place of x. */
export function substitute(outer: ScalarExpression, inner: ScalarExpression): ScalarExpression {
  switch (outer.kind) {
    case 'x':
      return inner;
    case 'constant':
      return outer;
    case 'unary':
      return { ...outer, of: substitute(outer.of, inner) };
    case 'binary':
      return { ...outer, a: substitute(outer.a, inner), b: substitute(outer.b, inner) };
  }
}

/** Parts of an expression. */
export function sizeOf(expression: ScalarExpression): number {
  if (expression.kind === 'unary') return 1 + sizeOf(expression.of);
  return expression.kind === 'binary' ? 1 + sizeOf(expression.a) + sizeOf(expression.b) : 1;
}

/** Writes the movers of a chain on the stored `value` and lets its last result replace that of `quantize`. */
export function finishChain(graph: Graph, patch: PatchBuilder, chain: Chain, quantize: Node, value: ValueId): void {
  const [output] = quantize.outputs;
  if (output === undefined) return;
  const { dtype, quantization } = typeOf(graph, output);
  let current = value;
  for (const [i, mover] of chain.movers.entries()) {
    const [moved] = mover.outputs;
    if (moved === undefined) continue;
    const type = tensorType(dtype, typeOf(graph, moved).shape, quantization);
    const isLast = i === chain.movers.length - 1;
    const name = isLast ? valueById(graph, output).name : `${valueById(graph, moved).name}/stored`;
    current = patch.node(mover.name, mover.op, [current], type, name);
  }
  for (const node of chain.nodes) patch.remove(node);
  patch.remove(quantize).replace(output, current);
}

/** A tensor of integers behind a `dequantize`. */
export interface Stored {
  readonly id: ValueId;
  readonly type: TensorType;
  /** The elements of a constant. */
  readonly constant: Tensor | null;
}

/** What `id` is the real numbers of, or null where it was not dequantized. */
export function storedBehind(graph: Graph, uses: Uses, id: ValueId | undefined): Stored | null {
  const node = id === undefined ? undefined : uses.producer.get(id);
  const [source] = node?.inputs ?? [];
  if (node?.op.type !== 'dequantize' || source === undefined) return null;
  return { id: source, type: typeOf(graph, source), constant: constantOf(graph, source) };
}

/** As {@link storedBehind}, for int8 with one scale, which every integer kernel takes. */
export function storedBytes(graph: Graph, uses: Uses, id: ValueId | undefined): Stored | null {
  const stored = storedBehind(graph, uses, id);
  return stored !== null && isPlainInt8(stored.type) ? stored : null;
}

/** int8 with one scale. */
export function isPlainInt8({ dtype, quantization }: TensorType): boolean {
  return dtype === 'int8' && quantization.kind === 'per-tensor';
}
