import type { KernelNeeds } from './lower.ts';
import type { KernelGoal, PlanOptions } from './options.ts';
import type { PlannedProgram } from './plan-program.ts';
import { slowdownOf } from './slowdown.ts';

/** What was asked of a plan, and what came of it. */
export interface Planning {
  readonly optimize: PlanOptions['optimize'];
  /** How kernels were to be chosen. */
  readonly kernels: KernelGoal;
  /** Most bytes of the arena that were asked for; null for no limit. */
  readonly arenaLimitBytes: number | null;
  readonly feedRows: boolean;
  /** Steps that are done row by row: half-open ranges. */
  readonly streams: readonly { readonly first: number; readonly end: number }[];
  /** Estimated instructions relative to a program that lacks no memory, to three digits behind the point. */
  readonly slowdown: number;
}

/** How the memory of a program was planned. */
export function planningOf(planned: PlannedProgram, needs: KernelNeeds, options: PlanOptions): Planning {
  const { optimize, kernels, arenaBytes: arenaLimitBytes, feedRows } = options;
  const streams = planned.program.streams.map(({ first, end }) => ({ first, end }));
  const slowdown = Math.max(1, Math.round(slowdownOf(planned, needs) * 1000) / 1000);
  return { optimize, kernels, arenaLimitBytes, feedRows, streams, slowdown };
}
