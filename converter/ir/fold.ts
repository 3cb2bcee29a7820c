import type { Op } from '../ops/op.ts';
import { opCost } from '../ops/registry.ts';
import { elementCount } from '../tensor/shape.ts';
import type { TensorType } from '../tensor/tensor.ts';

/** Evaluating one node of constants may take this many multiply-accumulates and elements. */
const maxWork = 32 * 1024 * 1024;

/** The constants of a graph, those from folding among them, may have this many elements in total. */
const maxConstantElements = 64 * 1024 * 1024;

/**
 * Whether a node of constants may be evaluated at conversion. A small file must not unfold into huge constants, nor into hours of
 * reference evaluation; what is refused stays a node and is computed at run time.
 *
 * @param present elements of all constants that the graph has already
 */
export function mayFold(
  op: Op,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
  present: number,
): boolean {
  const { macs, elements } = opCost(op, inputs, outputs);
  const added = outputs.reduce((sum, type) => sum + elementCount(type.shape), 0);
  return macs + elements <= maxWork && added <= maxWork && present + added <= maxConstantElements;
}
