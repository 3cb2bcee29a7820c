import { type Graph, inputTypes, outputTypes } from '../../../ir/graph.ts';
import type { KernelNeeds } from '../../../plan/lower.ts';
import type { PlanOptions } from '../../../plan/options.ts';
import { wasmKernelNeeds } from '../needs.ts';
import { estimatedNs } from './cost.ts';
import { dividedNeeds, type ThreadLimits, threadLimits } from './parts.ts';

/**
 * What the WASM kernels ask of the memory plan of this model: where it is long enough for threads, and latency is what is wished,
 * memory in which the parts of a step do not disturb each other.
 */
export function wasmNeedsFor(graph: Graph, options: PlanOptions, limits: ThreadLimits = threadLimits): KernelNeeds {
  if (options.optimize !== 'latency' || options.arenaBytes !== null) return wasmKernelNeeds;
  const total = graph.nodes.reduce((sum, node) => {
    return sum + estimatedNs(node.op, inputTypes(graph, node), outputTypes(graph, node));
  }, 0);
  return total < limits.modelNs ? wasmKernelNeeds : dividedNeeds(wasmKernelNeeds, limits);
}
