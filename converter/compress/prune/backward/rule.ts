import type { Clamp } from '../../../ops/definition.ts';
import type { OpAttributes, OpType } from '../../../ops/op.ts';
import { dataAs, type Tensor } from '../../../tensor/tensor.ts';

/** What a node has computed, and how much the loss grows with each element of its result. */
export interface Step {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** dL/dy, one number for each element of the output; behind the clamp of the node already, see {@link behindClamp}. */
  readonly gradient: Float32Array;
  /** dL/dx of input `index`, to be added to. */
  readonly into: (index: number) => Float32Array;
}

/** Adds to dL/dx of the float32 inputs of a node what comes back from its output. */
export type BackwardRule<T extends OpType> = (attributes: OpAttributes[T], step: Step) => void;

/** dL/d(result before the clamp): nothing passes where the output lies at a limit. */
export function behindClamp(clamp: Clamp, output: Tensor, gradient: Float32Array): Float32Array {
  if (clamp.min === Number.NEGATIVE_INFINITY && clamp.max === Number.POSITIVE_INFINITY) return gradient;
  const y = dataAs(output, 'float32');
  return gradient.map((value, i) => ((y[i] ?? 0) > clamp.min && (y[i] ?? 0) < clamp.max ? value : 0));
}
