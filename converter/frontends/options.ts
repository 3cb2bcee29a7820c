import type { Graph } from '../ir/graph.ts';
import type { Note } from '../problem.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What the user says about a model beside the file. */
export interface ImportOptions {
  /** Shapes of inputs by name, for inputs whose shape the file leaves open (or to change it, where only its names are used). */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Sizes of named dimensions: `batch` -> 1. */
  readonly dims: ReadonlyMap<string, number>;
  /** Inputs that always have the same value: they stop being inputs, and what depends on them alone is computed at conversion. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** The bytes of a file that belongs to the model, by its path relative to the model's folder; null where there is none. */
  readonly sideFile: (name: string) => Uint8Array | null;
}

/** A model that has been read, and what the user should know about it. */
export interface Imported {
  readonly graph: Graph;
  readonly notes: readonly Note[];
}

export const noImportOptions: ImportOptions = {
  shapes: new Map(),
  dims: new Map(),
  constants: new Map(),
  sideFile: () => null,
};
