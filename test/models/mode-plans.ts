import type { Graph } from '../../converter/ir/graph.ts';
import type { KernelNeeds } from '../../converter/plan/lower.ts';
import { latencyPlan, type PlanOptions } from '../../converter/plan/options.ts';
import { type PlannedProgram, planProgram } from '../../converter/plan/plan-program.ts';
import { ProblemError } from '../../converter/problem.ts';

/** Every way to plan a model. */
export const planModes = {
  latency: latencyPlan,
  balanced: { ...latencyPlan, optimize: 'balanced' },
  sram: { ...latencyPlan, optimize: 'sram' },
  fed: { ...latencyPlan, optimize: 'sram', feedRows: true },
} as const satisfies Readonly<Record<string, PlanOptions>>;

export type PlanMode = keyof typeof planModes;

/** A plan with the modes that give it. */
export interface ModePlan extends PlannedProgram {
  readonly modes: readonly PlanMode[];
}

/** The plans of some modes, each different one once. A mode that the model cannot have is left out. */
export function modePlans(graph: Graph, needs: KernelNeeds, modes: readonly PlanMode[]): ModePlan[] {
  const found = new Map<string, ModePlan>();
  for (const mode of modes) {
    const planned = plannedIn(mode, graph, needs);
    if (planned === null) continue;
    const text = printed(planned);
    const known = found.get(text);
    found.set(text, known === undefined ? { ...planned, modes: [mode] } : { ...known, modes: [...known.modes, mode] });
  }
  return [...found.values()];
}

/** The plans that a mode, whose plan is compared with expected outputs elsewhere, does not give. */
export function otherPlans(graph: Graph, needs: KernelNeeds, modes: readonly PlanMode[], known: PlanMode): ModePlan[] {
  return modePlans(graph, needs, [known, ...modes]).filter((plan) => !plan.modes.includes(known));
}

const known = new WeakMap<Graph, Map<KernelNeeds, Map<PlanMode, PlannedProgram | null>>>();

/** The plan of a mode, made once for each graph; null where the model cannot have it. */
function plannedIn(mode: PlanMode, graph: Graph, needs: KernelNeeds): PlannedProgram | null {
  const ofGraph = known.get(graph) ?? new Map<KernelNeeds, Map<PlanMode, PlannedProgram | null>>();
  const plans = ofGraph.get(needs) ?? new Map<PlanMode, PlannedProgram | null>();
  known.set(graph, ofGraph.set(needs, plans));
  const found = plans.get(mode);
  if (found !== undefined) return found;
  const planned = plan(mode, graph, needs);
  plans.set(mode, planned);
  return planned;
}

function plan(mode: PlanMode, graph: Graph, needs: KernelNeeds): PlannedProgram | null {
  try {
    return planProgram(graph, needs, planModes[mode]);
  } catch (error) {
    if (error instanceof ProblemError && error.problems.every(({ code }) => code === 'feed-rows')) return null;
    throw error;
  }
}

/** Equal for plans that emit the same code for the same graph. */
function printed({ program, plan }: PlannedProgram): string {
  return JSON.stringify([program, plan.placements], (key, value) =>
    key === 'data' || key === 'initial' ? null : value,
  );
}
