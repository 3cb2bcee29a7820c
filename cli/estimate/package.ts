import type { KernelSelection } from '../../converter/backends/c/choice.ts';
import { usualChoices } from '../../converter/backends/c/choice.ts';
import type { CountedCpu } from '../../converter/backends/c/counts/processors.ts';
import { type CPackageUse, useOf } from '../../converter/backends/c/footprint.ts';
import { cKernelNeeds, cProblems } from '../../converter/backends/c/kernels.ts';
import { cpuOfTarget } from '../../converter/backends/c/narrow/cpu.ts';
import { type CPackageModel, packageModel } from '../../converter/backends/c/package.ts';
import { countedCpuOfTarget } from '../../converter/estimate/counted-cpu.ts';
import type { TargetEstimate } from '../../converter/estimate/estimated.ts';
import { type PackageWork, packageWork } from '../../converter/estimate/package-work.ts';
import { estimateOnTarget } from '../../converter/estimate/target-estimate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { selectKernels } from '../../converter/pipeline.ts';
import { balancedPlan, type PlanOptions } from '../../converter/plan/options.ts';
import { type PlannedProgram, planProgram } from '../../converter/plan/plan-program.ts';
import type { Target } from '../../converter/plan/target.ts';
import { ProblemError } from '../../converter/problem.ts';
import { planInBanks } from '../target/banks.ts';
import { checkTarget, type TargetCheck } from '../target/check.ts';

/** A C package on a microcontroller: how long a run takes, and whether it fits. */
export interface EstimatedTarget {
  readonly target: Target;
  /** Null where nothing is known of the core. */
  readonly estimate: TargetEstimate | null;
  readonly check: TargetCheck;
}

/** Estimates the C package that `convert --target` would write, for one target after the other; what targets share is made once. */
export class PackageEstimator {
  readonly #graph: Graph;
  readonly #options: PlanOptions | null;
  readonly #planned = new Map<string, PlannedProgram>();
  readonly #packages = new Map<string, { readonly model: CPackageModel; readonly use: CPackageUse }>();
  readonly #work = new Map<CPackageModel, Map<CountedCpu, PackageWork>>();

  /** @param options how memory is planned; null for the usual way */
  constructor(graph: Graph, options: PlanOptions | null) {
    this.#graph = graph;
    this.#options = options;
  }

  /** The program and its memory plan, without the memories of a target. Throws ProblemError where the model has layers without C kernels. */
  planned(): PlannedProgram {
    return this.#plannedWith(this.#options);
  }

  /** Throws ProblemError where the model has layers without C kernels. */
  on(target: Target): EstimatedTarget {
    const options = planInBanks(this.#options, target);
    const { model, use } = this.#packageFor(target, options);
    const cpu = countedCpuOfTarget(target);
    const estimate = cpu === null ? null : estimateOnTarget(this.#workOf(model, cpu), target);
    return { target, estimate, check: checkTarget(target, use) };
  }

  #plannedWith(options: PlanOptions | null): PlannedProgram {
    const planKey = JSON.stringify(options);
    const known = this.#planned.get(planKey);
    if (known !== undefined) return known;
    const planned = planProgram(this.#graph, cKernelNeeds, options ?? balancedPlan);
    const problems = cProblems(planned.program);
    if (problems.length > 0) throw new ProblemError(problems);
    this.#planned.set(planKey, planned);
    return planned;
  }

  #packageFor(target: Target, options: PlanOptions | null) {
    const planKey = JSON.stringify(options);
    const planned = this.#plannedWith(options);
    const selection = selectionFor(planned, target, options);
    const key = `${planKey} ${JSON.stringify([...selection.choices])}`;
    let found = this.#packages.get(key);
    if (found === undefined) {
      const model = packageModel(planned.program, planned.plan, 'm', selection.choices);
      found = { model, use: useOf(model) };
      this.#packages.set(key, found);
    }
    return found;
  }

  #workOf(model: CPackageModel, cpu: CountedCpu): PackageWork {
    const known = this.#work.get(model) ?? new Map<CountedCpu, PackageWork>();
    this.#work.set(model, known);
    const work = known.get(cpu) ?? packageWork(model, cpu);
    known.set(cpu, work);
    return work;
  }
}

/** The kernels that `convert --target` takes. */
function selectionFor({ program, plan }: PlannedProgram, target: Target, options: PlanOptions | null): KernelSelection {
  const flashBytes = target.flash?.bytes ?? null;
  const kernels = { cpu: cpuOfTarget(target), flashBytes, tuned: usualChoices };
  return selectKernels(program, plan, { kernels, plan: options, cpu: null });
}
