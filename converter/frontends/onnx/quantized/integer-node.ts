import type { ValueId } from '../../../ir/graph.ts';
import type { PatchBuilder } from '../../../ir/patch.ts';
import type { Op } from '../../../ops/op.ts';
import type { TensorType } from '../../../tensor/tensor.ts';

/** An operator on stored integers that computes what an operator between dequantize and quantize computes. */
export interface IntegerNode {
  readonly op: Op;
  readonly inputTypes: readonly TensorType[];
  readonly output: TensorType;
  /** Writes what the operator needs beside itself, and names its operands. */
  inputs(patch: PatchBuilder): readonly ValueId[];
}
