import type { TensorError } from './tensor-errors.ts';

/** Channels that differ more than this in range are a fault of the tensor that has them, wherever it is felt. */
export const badSpread = 100;

/**
 * Tensors in the order in which they are to blame: by {@link TensorError.feltDb}, but one of badly spread channels before the layers that
 * read it. Their weights have to undo the spread, and round badly by that.
 *
 * @param errors in the order of execution
 */
export function worstFirst(errors: readonly TensorError[]): readonly TensorError[] {
  const blame = new Map<string, number>();
  for (const error of [...errors].reverse()) {
    const readers = errors.filter(({ operands }) => operands.includes(error.name));
    const felt = error.channelSpread < badSpread ? [] : readers.map(({ name, feltDb }) => blame.get(name) ?? feltDb);
    blame.set(error.name, Math.min(error.feltDb, ...felt));
  }
  const of = ({ name, feltDb }: TensorError) => blame.get(name) ?? feltDb;
  // Sorting is stable, and a tensor stands before those who read it.
  return [...errors].sort((a, b) => of(a) - of(b));
}
