import type { TensorType } from '../tensor/tensor.ts';

/** The written-down answer "this back end has no kernel for it", with the reason and what to do instead. */
export interface Unsupported {
  readonly unsupported: string;
  readonly advice: string;
}

export function unsupported(reason: string, advice: string): Unsupported {
  return { unsupported: reason, advice };
}

/**
 * Element types of a node's operands in short form: `float32`, `int8`, `hybrid` (float32 data, int8 weights), `int16` (int16 data,
 * int8 weights) or others.
 */
export function arithmeticOf(inputs: readonly TensorType[]): 'float32' | 'int8' | 'hybrid' | 'int16' | 'other' {
  const [first, second] = inputs;
  if (first?.dtype === 'int16' && second?.dtype === 'int8') return 'int16';
  if (first?.dtype === 'int8') return 'int8';
  if (first?.dtype !== 'float32') return 'other';
  return second?.dtype === 'int8' ? 'hybrid' : 'float32';
}
