import type { DType } from '../../../tensor/dtype.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { elementOf } from '../operand.ts';

/**
 * Whether C lets memory be read as elements of one type and written as those of the other (C99 6.5, paragraph 7): where they are
 * the same but for the sign, or one of them is a character type. Otherwise a compiler may move the reads behind the writes.
 */
export function mayAlias(a: DType, b: DType): boolean {
  const [x, y] = [elementOf[a].replace(/^u/, ''), elementOf[b].replace(/^u/, '')];
  return x === y || x === 'int8_t' || y === 'int8_t';
}

/** The same of tensors. */
export function typesMayAlias(a: TensorType | undefined, b: TensorType | undefined): boolean {
  return a !== undefined && b !== undefined && mayAlias(a.dtype, b.dtype);
}
