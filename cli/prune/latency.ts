import { usualChoices } from '../../converter/backends/c/choice.ts';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import { packageModel } from '../../converter/backends/c/package.ts';
import type { Goal } from '../../converter/compress/prune/targets/goal.ts';
import { countedCpuOfTarget } from '../../converter/estimate/counted-cpu.ts';
import { packageWork } from '../../converter/estimate/package-work.ts';
import { estimateOnTarget } from '../../converter/estimate/target-estimate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { balancedPlan } from '../../converter/plan/options.ts';
import { planProgram } from '../../converter/plan/plan-program.ts';
import { asInt8 } from '../../converter/plan/remedies/int8.ts';
import type { Target } from '../../converter/plan/target.ts';
import { invariant } from '../../converter/problem.ts';
import { UsageError } from '../usage.ts';

/** Predicts the milliseconds of one inference of a graph as it is. */
export type PredictMilliseconds = (graph: Graph) => number;

/**
 * A way to predict times on a target. Throws UsageError for a target that it says nothing about.
 *
 * @param option the option that asks, for messages
 */
export type LatencyModel = (target: Target, option: string) => PredictMilliseconds;

/** The estimate of `thimble estimate` for the C package with the usual kernels, on the first core of a microcontroller. */
export const estimatedLatency: LatencyModel = (target, option) => {
  const cpu = countedCpuOfTarget(target);
  if (cpu === null) {
    throw new UsageError(
      `${option}: times of C packages on a ${target.cores[0].name} are not predicted`,
      'name a microcontroller, see thimble targets, or give --macs',
    );
  }
  return (graph) => {
    const { program, plan } = planProgram(graph, cKernelNeeds, balancedPlan);
    const estimate = estimateOnTarget(packageWork(packageModel(program, plan, 'm', usualChoices), cpu), target);
    invariant(estimate !== null, `no core model for ${target.name}`);
    return estimate.us / 1000;
  };
};

/** The bound of `30ms@target`, for the graph as it is or as it will be when it is quantized. */
export function latencyGoal(
  given: string,
  target: Target,
  isQuantized: boolean,
  latencyOf: LatencyModel = estimatedLatency,
): Goal {
  const text = `--latency ${given}`;
  const predict = latencyOf(target, text);
  return {
    kind: 'latency',
    text,
    bound: { absolute: parseLatency(given).milliseconds },
    probe: (graph) => ({ value: predict(isQuantized ? (asInt8(graph) ?? graph) : graph), culprits: null }),
  };
}

/** Milliseconds and target of `30ms@nano33ble`. Throws UsageError. */
export function parseLatency(given: string): { readonly milliseconds: number; readonly target: string } {
  const [, number = '', unit = '', target = ''] = /^(\d+(?:\.\d+)?)\s*(us|ms|s)@(.+)$/.exec(given.trim()) ?? [];
  const factor = { us: 1e-3, ms: 1, s: 1e3 }[unit];
  if (factor !== undefined && Number(number) > 0) return { milliseconds: Number(number) * factor, target };
  throw new UsageError(`--latency ${given} is no time on a target`, 'write it as --latency 30ms@nano33ble');
}
