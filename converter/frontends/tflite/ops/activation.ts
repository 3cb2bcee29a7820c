import type { ValueId } from '../../../ir/graph.ts';
import { type Clamp, noClamp } from '../../../ops/definition.ts';
import type { Op } from '../../../ops/op.ts';
import type { OperatorContext } from '../context.ts';

/** The clamp that a fused activation stands for, or null for one that is no clamp. */
function clampOf(activation: string): Clamp | null {
  switch (activation) {
    case 'NONE':
      return noClamp;
    case 'RELU':
      return { min: 0, max: Number.POSITIVE_INFINITY };
    case 'RELU_N1_TO_1':
      return { min: -1, max: 1 };
    case 'RELU6':
      return { min: 0, max: 6 };
    default:
      return null;
  }
}

/** The clamp of `fused_activation_function`; other activations are problems. */
export function fusedClamp(context: OperatorContext, activation: string): Clamp {
  const clamp = clampOf(activation);
  if (clamp !== null) return clamp;
  throw context.unsupported(
    `the fused activation ${activation} is not supported`,
    'export the model with the activation as an operator of its own',
  );
}

/** Adds the node for output 0, reshaped to `shape` where the file wants another one than the operator gives. */
export function outputReshaped(
  context: OperatorContext,
  op: Op,
  inputs: readonly ValueId[],
  shape: readonly number[],
): void {
  const name = context.outputTensor(0).name;
  const result = context.node(op, inputs, context.outputType(0), name);
  context.bind(0, context.reshape(result, shape, name));
}
