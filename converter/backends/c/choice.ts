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

/** One layer with its choice. */
export interface KernelDecision {
  readonly layer: number;
  readonly form: KernelForm;
  readonly pixels: KernelChoice['pixels'];
  /** `model` counted instructions, `goal` takes it for all layers, `tuned` was measured, `usual` had no other way. */
  readonly by: 'model' | 'goal' | 'tuned' | 'usual';
  /** Instructions of a run on Armv7E-M by the model of costs: with this choice and the usual one; null where it does not tell. */
  readonly instructions: number | null;
  readonly usualInstructions: number | null;
  /** Bytes of tables: with this choice and the usual one. */
  readonly tableBytes: number;
  readonly usualTableBytes: number;
}

/** What was chosen for a program. */
export interface KernelSelection {
  readonly choices: KernelChoices;
  readonly decisions: readonly KernelDecision[];
}

/** Usual choices, of which nothing is told. */
export const usualSelection: KernelSelection = { choices: usualChoices, decisions: [] };

/** The tiles that a layer of int8 products calls on Armv7E-M. */
export interface TileUse {
  readonly kernel: 'tile' | 'wide' | 'line' | 'fold' | 'folds';
  /** Pixels of the widest tile. */
  readonly width: number;
  /** Groups of four inputs of a pixel. */
  readonly groups: number;
  /** Channels of an output pixel. */
  readonly channels: number;
}
