import type { NumberFormat } from '../format.ts';

/** A way to keep a layer: how it stores what it computes, and its weights. */
export interface Choice {
  readonly name: string;
  readonly format: NumberFormat;
}

/**
 * The ways in which a layer can be kept, from the narrowest to the widest: a search goes up where the answers suffer, and down where
 * memory or time does not suffice. A new format is one more row.
 */
export const choices: readonly Choice[] = [
  { name: 'int4', format: 'int4' },
  { name: 'int8', format: 'int8' },
  { name: 'int16', format: 'int16' },
  { name: 'float32', format: 'float32' },
];

/** The position of a format among {@link choices}; real weights of 16 bits count as real. */
export function choiceOf(format: NumberFormat): number {
  const searched = format === 'float16' ? 'float32' : format;
  return choices.findIndex((choice) => choice.format === searched);
}
