import type { ActivationFormat } from '../format.ts';

/** A way to keep a layer: how it stores what it computes. */
export interface Choice {
  readonly name: string;
  readonly format: ActivationFormat;
}

/**
 * The ways in which a layer can be kept, from the narrowest to the widest: a search goes up where the answers suffer, and down where
 * memory or time does not suffice. A new format is one more row.
 */
export const choices: readonly Choice[] = [
  { name: 'int8', format: 'int8' },
  { name: 'int16', format: 'int16' },
  { name: 'float32', format: 'float32' },
];

/** The position of a format among {@link choices}. */
export function choiceOf(format: ActivationFormat): number {
  return Math.max(
    0,
    choices.findIndex((choice) => choice.format === format),
  );
}
