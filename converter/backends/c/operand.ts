import type { Operand, Step } from '../../plan/program.ts';
import { InternalError, invariant } from '../../problem.ts';
import type { DType } from '../../tensor/dtype.ts';
import { zeroPointAt } from '../../tensor/quantization.ts';
import { numericData, type TensorType } from '../../tensor/tensor.ts';
import type { CParameter } from './kernel.ts';
import type { CElement, CTable } from './table.ts';

/** The C type of the elements of each dtype. */
export const elementOf: { readonly [D in DType]: CElement } = {
  float32: 'float',
  float16: 'uint16_t',
  float64: 'double',
  int8: 'int8_t',
  uint8: 'uint8_t',
  int16: 'int16_t',
  uint16: 'uint16_t',
  int32: 'int32_t',
  uint32: 'uint32_t',
  int64: 'int64_t',
  uint64: 'uint64_t',
  bool: 'uint8_t',
};

/** The C type of the elements of a tensor. */
export function elementType(type: TensorType): CElement {
  return elementOf[type.dtype];
}

export function inputOf(step: Step, index: number): Operand {
  const operand = step.inputs[index];
  invariant(operand !== undefined, `${step.name} has no input ${index}`);
  return operand;
}

export function outputOf(step: Step): Step['outputs'][number] {
  const [operand] = step.outputs;
  invariant(operand !== undefined, `${step.name} has no output`);
  return operand;
}

/** The output at `index` of an operator with several. */
export function outputAt(step: Step, index: number): Step['outputs'][number] {
  const operand = step.outputs[index];
  invariant(operand !== undefined, `${step.name} has no output ${index}`);
  return operand;
}

/** Numbers of a constant operand. */
export function constantData(operand: Operand): Exclude<ReturnType<typeof numericData>, never> {
  if (operand.kind !== 'constant') throw new InternalError(`"${operand.name}" is not constant`);
  return numericData(operand);
}

/** `const int8_t *name` for an operand that is read. A constant is passed as it stands in the model. */
export function inputParameter(name: string, operand: Operand): CParameter {
  const element = elementType(operand.type);
  const declaration = `const ${element} *${name}`;
  if (operand.kind === 'arena') return { declaration, argument: { kind: 'operand', operand } };
  // A table of this stem would have the name of an accessor of the package: `m_input_0`.
  const stem = name === 'input' ? 'constant' : name;
  return tableParameter(name, { kind: 'numbers', stem, element, data: operand.data });
}

/** `int8_t *name` for the operand that is written. */
export function outputParameter(name: string, operand: Operand): CParameter {
  return { declaration: `${elementType(operand.type)} *${name}`, argument: { kind: 'operand', operand } };
}

/** `const int8_t *name` for a table made at conversion. */
export function tableParameter(name: string, table: CTable): CParameter {
  const element = table.kind === 'channels' ? 'struct thimble_channel' : table.element;
  return { declaration: `const ${element} *${name}`, argument: { kind: 'table', table } };
}

/** The one zero point of an activation. */
export function zeroPointOf(type: TensorType): number {
  return type.quantization.kind === 'none' ? 0 : zeroPointAt(type.quantization, 0);
}
