import type { Graph } from '../../ir/graph.ts';
import { latencyPlan, type PlanOptions } from '../../plan/options.ts';
import { type PlannedProgram, planProgram } from '../../plan/plan-program.ts';
import { type CPackageUse, packageUse } from './footprint.ts';
import { cKernelNeeds } from './kernels.ts';

/** A program with everything that its package takes of memory. */
export interface MeasuredPlan extends CPackageUse {
  readonly options: PlanOptions;
  readonly planned: PlannedProgram;
}

/** Plans a graph and bounds the stack of its package. Throws ProblemError with every step that has no C kernel. */
export function measurePlan(graph: Graph, options: PlanOptions): MeasuredPlan {
  const planned = planProgram(graph, cKernelNeeds, options);
  return { options, planned, ...packageUse(planned.program, planned.plan) };
}

/** Times that a program is planned with one limit of its arena or another. */
const MOST_ROUNDS = 3;

/**
 * The quickest program found whose arena, variables and stack take at most `sramBytes`; where none does, the one that takes least.
 * Stack and variables depend on the program, so that the limit of the arena is what the program before left of `sramBytes`.
 */
export function planWithinSram(graph: Graph, sramBytes: number, feedRows: boolean): MeasuredPlan {
  let best = measurePlan(graph, { ...latencyPlan, feedRows });
  if (best.memory.sramBytes <= sramBytes) return best;
  let beside = best.memory.sramBytes - best.memory.arenaBytes;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const arenaBytes = Math.max(0, sramBytes - beside);
    const found = measurePlan(graph, { ...latencyPlan, arenaBytes, feedRows });
    if (found.memory.sramBytes <= sramBytes) return found;
    if (found.memory.sramBytes < best.memory.sramBytes) best = found;
    const more = found.memory.sramBytes - found.memory.arenaBytes;
    if (more <= beside) break;
    beside = more;
  }
  const smallest = measurePlan(graph, { ...latencyPlan, optimize: 'sram', feedRows });
  return smallest.memory.sramBytes < best.memory.sramBytes ? smallest : best;
}
