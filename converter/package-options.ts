import { type KernelChoices, usualChoices } from './backends/c/choice.ts';
import type { LayoutName } from './backends/c/layouts/names.ts';
import type { CpuName } from './backends/c/narrow/cpu.ts';
import type { GoldenVector } from './backends/c/options.ts';
import { type GraphOrigin, plainOrigin } from './backends/program-graph.ts';
import { type Variant, variants } from './backends/wasm/variant.ts';
import type { SourceKind } from './estimate/sourced.ts';
import { evaluateRuns } from './ir/evaluate.ts';
import type { Graph } from './ir/graph.ts';
import type { Preprocessing } from './ir/preprocessing.ts';
import type { WebEstimateEntry } from './ir/web-estimate.ts';
import type { PlanOptions } from './plan/options.ts';
import type { Target } from './plan/target.ts';
import { randomInputs } from './random-inputs.ts';

/** Where a C package will run, as far as it decides between kernels. */
export interface KernelPlace {
  /** The processor; null where it is not known. */
  readonly cpu: CpuName | null;
  /** Most bytes of flash that code and weights may take; null for no limit. */
  readonly flashBytes: number | null;
  /** What was measured to be best. */
  readonly tuned: KernelChoices;
}

/** Where a run of a package is estimated. */
export interface EstimatePlace {
  readonly target: Target;
  /** The weakest source of the numbers of its profile that decide on the time of a run. */
  readonly source: SourceKind;
}

/** What a package is called and what its files say about where they come from. */
export interface PackageOptions {
  /** Any name; C names and the npm name are made of it. */
  readonly name: string;
  /** The command that made the package, without any path of the user's computer. */
  readonly commandLine: string;
  readonly toolVersion: string;
  /** SHA-256 of the model file in hexadecimal, or null. */
  readonly modelSha256: string | null;
  /** What became of the operators of the file, for `thimble.json`. */
  readonly origin: GraphOrigin;
  /** Names of the classes of output 0, or null. */
  readonly labels: readonly string[] | null;
  /** How inputs are prepared, for those of which it is known. */
  readonly preprocessing: readonly Preprocessing[];
  /** Seeded random inputs whose reference outputs the package can check itself against. */
  readonly selfTestVectors: number;
  /** How memory is planned; null for what suits the kind of package. */
  readonly plan: PlanOptions | null;
  /** The one processor that a C package is for; null for all. */
  readonly cpu: CpuName | null;
  /** What the kernels of a C package are chosen for. */
  readonly kernels: KernelPlace;
  /** The ecosystems whose builds are to find a C package. */
  readonly layouts: readonly LayoutName[];
  /** Whether a C package is there as one header, too. */
  readonly singleHeader: boolean;
  /** The microcontroller that a C package is made for, whose latency it tells; null without one. */
  readonly estimateFor: EstimatePlace | null;
  /** How long a WASM bundle takes on the phone that it is for; null where none is named. */
  readonly webEstimate: WebEstimateEntry | null;
  /** What of that time each layer takes, in microseconds, for `thimble.json`. */
  readonly webLayersUs: readonly number[] | null;
  /** The variants of the code of a WASM bundle. */
  readonly wasmVariants: readonly Variant[];
}

/** Package options of all the usual choices: no origin, no labels, no self test. */
export function packageOptions(name: string, choices: Partial<PackageOptions> = {}): PackageOptions {
  const usual = {
    name,
    commandLine: '',
    toolVersion: '',
    modelSha256: null,
    origin: plainOrigin,
    labels: null,
    preprocessing: [],
    selfTestVectors: 0,
    plan: null,
    cpu: null,
    kernels: { cpu: null, flashBytes: null, tuned: usualChoices },
    layouts: ['cmake'] as const,
    singleHeader: false,
    estimateFor: null,
    webEstimate: null,
    webLayersUs: null,
    wasmVariants: variants,
  };
  return { ...usual, ...choices };
}

/** Seeded random inputs with the outputs of the reference evaluator, one run after the other. */
export function goldenVectors(graph: Graph, count: number): GoldenVector[] {
  const inputs = Array.from({ length: count }, (_, i) => randomInputs(graph, i + 1));
  const outputs = evaluateRuns(graph, inputs);
  return inputs.map((run, i) => ({ inputs: run, outputs: outputs[i] ?? [] }));
}
