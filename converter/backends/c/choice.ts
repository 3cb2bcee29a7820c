/**
 * How the weights of an int8 product lie, and which kernel reads them: `bytes` is what every processor gets; `words` has them expanded to
 * 16 bits for Armv7E-M; `small` is one kernel of loops for all layers.
 */
export type KernelForm = 'bytes' | 'words' | 'small';

/** How one layer is to be written, where there are several ways. */
export interface KernelChoice {
  readonly form: KernelForm;
  /** Most pixels of a tile on Armv7E-M; null for as many as the memory allows. */
  readonly pixels: 1 | 2 | 3 | 4 | null;
}

/** The choice where nothing is wished. */
export const usualChoice: KernelChoice = { form: 'bytes', pixels: null };

/** The choice for each step of a program, by its index. Steps that are not there have the usual one. */
export type KernelChoices = ReadonlyMap<number, KernelChoice>;

export const usualChoices: KernelChoices = new Map();

/** The choice for a step. */
export function choiceFor(choices: KernelChoices, index: number): KernelChoice {
  return choices.get(index) ?? usualChoice;
}
