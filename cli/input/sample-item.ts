import type { ReadOptions } from './read-sample.ts';
import type { Sample } from './sample.ts';

/** A sample for all inputs of a model. */
export interface SampleItem {
  /** In the user's words: the file below its folder, with `#3` for the fourth sample of a file with several. */
  readonly name: string;
  /** For each input the file that it comes from, as a list of samples names it. */
  readonly sources: readonly { readonly input: string; readonly source: string }[];
  /** The class index in the model's output, null where it is not known. */
  readonly label: number | null;
  /** The folder, or the file of several samples, that it lies in: what may differ from others as a whole. */
  readonly partition: string;
  /** Reads the sample as data of the inputs, in their order. Throws ProblemError. */
  readonly load: () => readonly Sample[];
}

/** How the files for an input are read. */
export type ReadOptionsOf = (inputName: string) => ReadOptions;
