import type { Operand } from './writer.ts';

/** What a name of the file stands for while a model is translated. Sequences and optionals exist then only, never in a graph. */
export type Bound = Operand | OperandSequence | Absent;

/** A list of tensors; its length is always known. */
export interface OperandSequence {
  readonly kind: 'sequence';
  readonly items: readonly Operand[];
}

/** An operand that was left out, or an optional without a value. An optional that has one is that value. */
export interface Absent {
  readonly kind: 'absent';
}

export const absent: Absent = { kind: 'absent' };

export function isOperand(value: Bound): value is Operand {
  return !('kind' in value);
}
