import type { TensorError } from './tensor-errors.ts';

/** Channels that differ more than this in range are a fault of the tensor that has them, wherever it is felt. */
export const badSpread = 100;

/** Below this ratio of signal to error a single layer is worth naming. */
export const poorDb = 20;

/**
 * Tensors in the order in which they are to blame: by {@link TensorError.feltDb}, but one of badly spread channels before poor layers that
 * read it. Their weights have to undo the spread, and round badly by that.
 *
 * @param errors in the order of execution
 */
export function worstFirst(errors: readonly TensorError[]): readonly TensorError[] {
  const blame = new Map(
    errors.map(({ name, feltDb, channelSpread }) => {
      const readers = channelSpread < badSpread ? [] : errors.filter(({ operands }) => operands.includes(name));
      return [name, Math.min(feltDb, ...readers.map((reader) => reader.feltDb).filter((db) => db < poorDb))];
    }),
  );
  const of = ({ name, feltDb }: TensorError) => blame.get(name) ?? feltDb;
  // Sorting is stable, and a tensor stands before those who read it.
  return [...errors].sort((a, b) => of(a) - of(b));
}
