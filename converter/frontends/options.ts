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
  /**
   * As `constants`, in the dtype and shape that the file gives the input: one number for all elements or one for each. Formats
   * other than ONNX have no use for it and refuse it.
   */
  readonly fixed: ReadonlyMap<string, readonly number[]>;
  /** The bytes of a file that belongs to the model, by its path relative to the model's folder; null where there is none. */
  readonly sideFile: (name: string) => Uint8Array | null;
  /** Tensors to cut the model at: they become its inputs. Empty: those of the file. */
  readonly inputs: readonly string[];
  /** Tensors that become the outputs of the model. Empty: those of the file. */
  readonly outputs: readonly string[];
  /** The order of axes in which the user feeds pictures; null: that of the file. */
  readonly inputLayout: InputLayout | null;
}

/** Order of the axes of a picture: channels last or channels first. */
export type InputLayout = 'nhwc' | 'nchw';

/** A model that has been read, and what the user should know about it. */
export interface Imported {
  readonly graph: Graph;
  readonly notes: readonly Note[];
}

export const noImportOptions: ImportOptions = {
  shapes: new Map(),
  dims: new Map(),
  constants: new Map(),
  fixed: new Map(),
  sideFile: () => null,
  inputs: [],
  outputs: [],
  inputLayout: null,
};
