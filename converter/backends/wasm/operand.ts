import type { ArenaOperand, ConstantOperand, Operand, Step } from '../../plan/program.ts';
import { InternalError, invariant } from '../../problem.ts';
import { zeroPointAt } from '../../tensor/quantization.ts';
import { numericData, type TensorType } from '../../tensor/tensor.ts';
import { arithmeticOf, type Unsupported, unsupported } from '../kernel.ts';

export function inputOf(step: Step, index: number): Operand {
  const operand = step.inputs[index];
  invariant(operand !== undefined, `${step.name} has no input ${index}`);
  return operand;
}

export function outputOf(step: Step): ArenaOperand {
  const [operand] = step.outputs;
  invariant(operand !== undefined, `${step.name} has no output`);
  return operand;
}

/** The output at `index` of an operator with several. */
export function outputAt(step: Step, index: number): ArenaOperand {
  const operand = step.outputs[index];
  invariant(operand !== undefined, `${step.name} has no output ${index}`);
  return operand;
}

export function constantOf(step: Step, index: number): ConstantOperand {
  const operand = inputOf(step, index);
  if (operand.kind !== 'constant') throw new InternalError(`input ${index} of ${step.name} is not constant`);
  return operand;
}

/** Numbers of a constant input. */
export function constantNumbers(step: Step, index: number): ReturnType<typeof numericData> {
  return numericData(constantOf(step, index));
}

/** The type at `index`, which the operator's own checks have shown to exist. */
export function typeAt(types: readonly TensorType[], index: number): TensorType {
  const type = types[index];
  invariant(type !== undefined, `no operand ${index}`);
  return type;
}

/** The one zero point of an activation; 0 for numbers that are not quantized. */
export function zeroPointOf(type: TensorType): number {
  return type.quantization.kind === 'none' ? 0 : zeroPointAt(type.quantization, 0);
}

/** The problem of weights or a bias that are computed at run time, or null. */
export function requireConstants(step: Step, indices: readonly number[]): Unsupported | null {
  const computed = indices.find((index) => step.inputs[index]?.kind !== 'constant');
  if (computed === undefined) return null;
  const name = step.inputs[computed]?.name ?? '';
  return unsupported(`weights or bias "${name}" are computed at run time`, 'use constant weights and bias');
}

/** What all layers with weights ask: float32, int8 or hybrid operands, constant weights and bias. */
export function productProblem(step: Step): Unsupported | null {
  if (arithmeticOf(step.inputs.map((input) => input.type)) === 'other') {
    const dtype = step.inputs[0]?.type.dtype ?? 'no';
    return unsupported(`a layer with weights on ${dtype} data is not supported`, 'use float32 or int8');
  }
  return requireConstants(step, [1, 2]);
}
