import { type MeasuredPlan, planWithinSram } from '../../converter/backends/c/plan-sram.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import type { PlanOptions } from '../../converter/plan/options.ts';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import { doesNotFitCode } from '../exit-code.ts';
import type { PlanWish } from '../options/plan.ts';
import { formatBytes } from '../output/text.ts';

/** A wish as the planner takes it; `within` tells what it came to where there is a limit of SRAM. */
export interface SettledPlan {
  readonly options: PlanOptions | null;
  readonly within: MeasuredPlan | null;
  /** False where even the smallest plan is beyond the limit. */
  readonly fits: boolean;
}

/** Finds the plan for a wish: with a limit of SRAM the quickest one within it, or else the smallest. */
export function settlePlan(graph: Graph, { options, sramBytes }: PlanWish): SettledPlan {
  if (sramBytes === null) return { options, within: null, fits: true };
  const within = planWithinSram(graph, sramBytes, options?.feedRows ?? false);
  return { options: within.options, within, fits: within.memory.sramBytes <= sramBytes };
}

/** The options of {@link settlePlan}. Throws ProblemError where no plan is within the limit. */
export function planOptionsOf(graph: Graph, wish: PlanWish): PlanOptions | null {
  const { options, within, fits } = settlePlan(graph, wish);
  if (!fits && within !== null) {
    const advice = 'see thimble plan with the same options for what would help';
    throw new ProblemError({ ...sramProblem(within, wish.sramBytes ?? 0), advice });
  }
  return options;
}

/** The problem that even the smallest plan takes more SRAM than allowed. */
export function sramProblem({ memory }: MeasuredPlan, sramBytes: number): Problem {
  const { arenaBytes, staticBytes, stackBoundBytes } = memory;
  const parts = `arena ${formatBytes(arenaBytes)}, variables ${formatBytes(staticBytes)}, stack ${formatBytes(stackBoundBytes)}`;
  return {
    code: doesNotFitCode,
    where: `--sram ${sramBytes}`,
    what: `the smallest plan takes ${formatBytes(memory.sramBytes)}: ${parts}`,
    advice: 'see below what would help',
  };
}
