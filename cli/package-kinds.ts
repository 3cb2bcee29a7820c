import type { KernelSelection } from '../converter/backends/c/choice.ts';
import { cKernelNeeds } from '../converter/backends/c/kernels.ts';
import type { CMemoryUse } from '../converter/backends/c/memory-use.ts';
import type { PackageEstimate } from '../converter/backends/c/options.ts';
import { wasmKernelNeeds } from '../converter/backends/wasm/needs.ts';
import { wasmNeedsFor } from '../converter/backends/wasm/threads/needs-for.ts';
import type { Graph } from '../converter/ir/graph.ts';
import type { PackageOptions } from '../converter/package-options.ts';
import { type Conversion, convertToC, convertToWasm, type PlannedProgram, planProgram } from '../converter/pipeline.ts';
import type { KernelNeeds } from '../converter/plan/lower.ts';
import { balancedPlan, latencyPlan, type PlanOptions } from '../converter/plan/options.ts';
import { type Planning, planningOf } from '../converter/plan/outcome.ts';
import { summarize } from '../converter/summary.ts';
import { uniqueFileStems } from './output/file-name.ts';

/** What a model can be converted to. */
export const packageKinds = ['wasm', 'c'] as const;

export type PackageKind = (typeof packageKinds)[number];

const needs: { readonly [K in PackageKind]: KernelNeeds } = { wasm: wasmKernelNeeds, c: cKernelNeeds };

/** How memory is planned where nothing is wished. */
export const usualPlans: { readonly [K in PackageKind]: PlanOptions } = { wasm: latencyPlan, c: balancedPlan };

/** The program and memory plan of a package of this kind; `options` is null for what suits the kind. */
export function planFor(kind: PackageKind, graph: Graph, options: PlanOptions | null): PlannedProgram {
  const planOptions = options ?? usualPlans[kind];
  return planProgram(graph, kind === 'wasm' ? wasmNeedsFor(graph, planOptions) : needs[kind], planOptions);
}

/** What was asked of a plan of {@link planFor}, and what came of it. */
export function planningFor(kind: PackageKind, planned: PlannedProgram, options: PlanOptions | null): Planning {
  return planningOf(planned, needs[kind], options ?? usualPlans[kind]);
}

/** A size with what it is the size of. */
export interface NamedSize {
  readonly name: string;
  readonly bytes: number;
}

/** A package with what the user is told of it. */
export interface ConvertedPackage extends Conversion {
  /** What decides on flash or download: code and weights. */
  readonly sizes: readonly NamedSize[];
  /** What a microcontroller needs, predicted; null for a package that is not for one. */
  readonly memory: CMemoryUse | null;
  /** How the layers of a C package are written; null for other packages. */
  readonly kernels: KernelSelection | null;
  /** Of a run on the target that a C package is made for; null for other packages and without a target. */
  readonly estimate: PackageEstimate | null;
  /** The package's name as a part of a folder name. */
  readonly folderName: string;
}

/** The package of an optimized graph. Throws ProblemError with every operator that the back end lacks. */
export function convertFor(kind: PackageKind, graph: Graph, options: PackageOptions): ConvertedPackage {
  const folderName = uniqueFileStems([options.name])[0] ?? 'model';
  if (kind === 'c') {
    const sizes = [{ name: 'weights', bytes: summarize(graph).parameterBytes }];
    return { ...convertToC(graph, options), sizes, folderName };
  }
  const conversion = convertToWasm(graph, options);
  const { modules, constants } = conversion.modules;
  const sizes = [
    ...modules.map(({ variant, bytes }) => ({ name: `code, ${variant}`, bytes: bytes.length })),
    { name: 'weights', bytes: constants.length },
  ];
  return { ...conversion, sizes, memory: null, kernels: null, estimate: null, folderName };
}
