import { usualChoices } from '../../converter/backends/c/choice.ts';
import { predictedRun } from '../../converter/backends/c/counts/predict.ts';
import { countedCpus } from '../../converter/backends/c/counts/processors.ts';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import { cpuOfTarget } from '../../converter/backends/c/narrow/cpu.ts';
import { packageModel } from '../../converter/backends/c/package.ts';
import type { Goal } from '../../converter/compress/prune/targets/goal.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { balancedPlan } from '../../converter/plan/options.ts';
import { planProgram } from '../../converter/plan/plan-program.ts';
import { asInt8 } from '../../converter/plan/remedies/int8.ts';
import type { Target } from '../../converter/plan/target.ts';
import { UsageError } from '../usage.ts';

/** Predicts the milliseconds of one inference of a graph as it is. */
export type PredictMilliseconds = (graph: Graph) => number;

/**
 * A way to predict times on a target. Throws UsageError for a target that it says nothing about.
 *
 * @param option the option that asks, for messages
 */
export type LatencyModel = (target: Target, option: string) => PredictMilliseconds;

/** Predicted instructions of the C package over the clock of the first core, as if each took one cycle: less than the real time. */
export const instructionLatency: LatencyModel = (target, option) => {
  const name = cpuOfTarget(target);
  const cpu = countedCpus.find((counted) => counted === name);
  if (cpu === undefined) {
    throw new UsageError(
      `${option}: instructions of ${name} are not predicted`,
      `name a target with one of ${countedCpus.join(', ')}, or give --macs`,
    );
  }
  const [{ clockHz }] = target.cores;
  return (graph) => {
    const { program, plan } = planProgram(graph, cKernelNeeds, balancedPlan);
    const { instructions } = predictedRun(packageModel(program, plan, 'm', usualChoices), cpu);
    return (1000 * instructions) / clockHz;
  };
};

/** The bound of `30ms@target`, for the graph as it is or as it will be when it is quantized. */
export function latencyGoal(
  given: string,
  target: Target,
  isQuantized: boolean,
  latencyOf: LatencyModel = instructionLatency,
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
