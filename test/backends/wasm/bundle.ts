import type { Artifact } from '../../../converter/backends/artifact.ts';
import { emitWasm, type WasmBundleOptions } from '../../../converter/backends/wasm/emit.ts';
import { wasmKernelNeeds } from '../../../converter/backends/wasm/needs.ts';
import { variants } from '../../../converter/backends/wasm/variant.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { planMemory } from '../../../converter/plan/plan.ts';

export const bundleOptions: WasmBundleOptions = {
  packageName: 'Tiny Model',
  commandLine: 'thimble convert tiny.tflite --to wasm',
  toolVersion: '0.1.0',
  modelSha256: null,
  labels: ['ant', 'bee', 'cat', 'dog'],
  preprocessing: [],
  webEstimate: null,
  variants,
};

/** The bundle of a graph. */
export function bundleOf(graph: Graph, options: WasmBundleOptions = bundleOptions): Artifact[] {
  const program = lowerGraph(graph, wasmKernelNeeds);
  return emitWasm(program, planMemory(program), options);
}

/** The text of a file of a bundle. */
export function textOf(bundle: readonly Artifact[], path: string): string {
  const artifact = bundle.find((candidate) => candidate.path === path);
  if (artifact === undefined) throw new Error(`no ${path}`);
  return new TextDecoder().decode(artifact.bytes);
}
