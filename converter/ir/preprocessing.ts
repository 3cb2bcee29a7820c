/**
 * How files become the values of one input, as the user declared it. It is no part of what a model computes: it stands in what is written of
 * it, since whoever feeds the model has to do the same.
 */
export interface Preprocessing {
  /** The input, by its name. */
  readonly input: string;
  /** One sentence for comments: `(value * 0.0039 - 0.5) / 0.25, pixels as RGB`. */
  readonly sentence: string;
  /** For programs, in the words of a file of `--preprocess`. */
  readonly declared: Readonly<Record<string, unknown>>;
}

/** The entry of `thimble.json`: by input what is declared. Nothing where nothing is known. */
export function preprocessingEntry(all: readonly Preprocessing[]): Readonly<Record<string, unknown>> {
  if (all.length === 0) return {};
  const inputs = Object.fromEntries(all.map(({ input, declared }) => [input, declared]));
  return { preprocessing: { version: 1, inputs } };
}
