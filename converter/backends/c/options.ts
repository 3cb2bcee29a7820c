import type { Preprocessing } from '../../ir/preprocessing.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { KernelSelection } from './choice.ts';
import type { LayoutName } from './layouts/names.ts';
import type { CpuName } from './narrow/cpu.ts';

/** Inputs with the outputs that the reference evaluator gives for them; the self test of the package compares. */
export interface GoldenVector {
  /** One per input of the program, in order. */
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** What is told of a run on the target that a package is made for. */
export interface PackageEstimate {
  /** The entry `estimate` of `thimble.json`. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** `67.8 ms, 60.2 to 76.5 ms with 90 % certainty`. */
  readonly summary: string;
  /** For the header and the README; one sentence or more. */
  readonly sentence: string;
}

/** What a C package is emitted with. */
export interface COptions {
  /** Beginning of every C name; see `checkPrefix`. */
  readonly prefix: string;
  /** The command that made the package, for the heads of the files. Holds no path of the user's machine. */
  readonly commandLine: string;
  /** thimble's version. */
  readonly toolVersion: string;
  /** SHA-256 of the model file in hexadecimal, or null. */
  readonly modelSha256: string | null;
  /** Names of the classes of output 0, or null. */
  readonly labels: readonly string[] | null;
  /** How inputs are prepared, for those of which it is known. */
  readonly preprocessing: readonly Preprocessing[];
  readonly vectors: readonly GoldenVector[];
  /** How far a float output may be from its golden value: |difference| <= tolerance * (1 + |golden|). */
  readonly tolerance: number;
  /** The one processor that the files are for; null for files that compile for all. */
  readonly cpu: CpuName | null;
  /** How the layers are written that can be written in several ways. */
  readonly kernels: KernelSelection;
  /** The ecosystems whose builds are to find the package. */
  readonly layouts: readonly LayoutName[];
  /** Whether all of it is also there as one header. */
  readonly singleHeader: boolean;
  /** Of a run on the target that the package is made for; absent or null without one. */
  readonly estimate?: PackageEstimate | null;
}
