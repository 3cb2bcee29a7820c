import { type Graph, type Node, typeOf, type ValueId } from '../../../ir/graph.ts';
import { type Clamp, noClamp } from '../../../ops/definition.ts';
import type { Op, OpType } from '../../../ops/op.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { dataAs, type Tensor } from '../../../tensor/tensor.ts';
import { behindClamp, type Step } from './rule.ts';
import { backwardRules } from './table.ts';

/** dL/d(value) of one inference. */
export interface Gradients {
  /** Of a computed value or input; null where the loss does not depend on it, or where no gradient reaches it. */
  readonly of: (id: ValueId) => Float32Array | null;
  /** Of the result of a node before its clamp; null as above. */
  readonly beforeClamp: (node: Node) => Float32Array | null;
}

/** Operators on the way from the outputs that no gradient passes. What lies before them looks as if it did not matter. */
export function gradientBarriers(graph: Graph): readonly Node[] {
  return graph.nodes.filter((node) => !passes(graph, node));
}

function passes(graph: Graph, { op, inputs, outputs }: Node): boolean {
  if (backwardRules[op.type] === null) return false;
  if (op.type === 'reduce' && op.attributes.kind === 'product') return false;
  if (op.type === 'zip' && !['add', 'sub', 'mul', 'div', 'max', 'min'].includes(op.attributes.fn)) return false;
  return [...inputs, ...outputs].every((id) => typeOf(graph, id).dtype === 'float32');
}

function clampOfOp(op: Op): Clamp {
  return 'clamp' in op.attributes ? op.attributes.clamp : noClamp;
}

/**
 * Reverse-mode differentiation of one inference: from dL/d(value) of some values to that of all before them.
 *
 * @param tensorOf the tensors of the inference, constants included
 */
export function gradientsOf(
  graph: Graph,
  tensorOf: (id: ValueId) => Tensor,
  seeds: ReadonlyMap<ValueId, Float32Array>,
): Gradients {
  const found = new Map<ValueId, Float32Array>();
  for (const [id, seed] of seeds) found.set(id, seed.slice());
  const before = new Map<Node, Float32Array>();
  for (const node of [...graph.nodes].reverse()) {
    const [outputId] = node.outputs;
    const arriving = outputId === undefined ? undefined : found.get(outputId);
    if (outputId === undefined || arriving === undefined || !passes(graph, node)) continue;
    const output = tensorOf(outputId);
    const gradient = behindClamp(clampOfOp(node.op), output, arriving);
    before.set(node, gradient);
    const into = (index: number): Float32Array => {
      const id = node.inputs[index];
      const size = id === undefined ? 0 : elementCount(typeOf(graph, id).shape);
      const known = id === undefined ? undefined : found.get(id);
      if (known !== undefined) return known;
      const fresh = new Float32Array(size);
      if (id !== undefined) found.set(id, fresh);
      return fresh;
    };
    apply(node.op, { inputs: node.inputs.map(tensorOf), output, gradient, into });
  }
  return { of: (id) => found.get(id) ?? null, beforeClamp: (node) => before.get(node) ?? null };
}

function apply<T extends OpType>(op: Op<T>, step: Step): void {
  backwardRules[op.type]?.(op.attributes, step);
}

/** The elements of a float32 tensor. */
export const floatData = (tensor: Tensor): Float32Array => dataAs(tensor, 'float32');
