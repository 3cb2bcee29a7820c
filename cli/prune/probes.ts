import { usualChoices } from '../../converter/backends/c/choice.ts';
import { predictedRun } from '../../converter/backends/c/counts/predict.ts';
import { type CountedCpu, countedCpus } from '../../converter/backends/c/counts/processors.ts';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import { cpuOfTarget } from '../../converter/backends/c/narrow/cpu.ts';
import { packageModel } from '../../converter/backends/c/package.ts';
import { type MeasuredPlan, planWithinSram } from '../../converter/backends/c/plan-sram.ts';
import type { Goal } from '../../converter/compress/prune/targets/goal.ts';
import type { Graph, ValueId } from '../../converter/ir/graph.ts';
import { balancedPlan } from '../../converter/plan/options.ts';
import { planProgram } from '../../converter/plan/plan-program.ts';
import type { BufferId } from '../../converter/plan/program.ts';
import { asInt8 } from '../../converter/plan/remedies/int8.ts';
import { momentsOf, peakOf } from '../../converter/plan/render/peak.ts';
import type { Target } from '../../converter/plan/target.ts';
import { parseBytes } from '../options/bytes.ts';
import { UsageError } from '../usage.ts';

/**
 * `48k`, or `48k@int8` for what the model takes when it is quantized: arena, variables and stack of the C package, by the plan that is the
 * quickest within the bound.
 */
export function sramGoal(given: string, isQuantized: boolean): Goal {
  const text = `--sram ${given}`;
  const [size = '', form] = given.split('@');
  if (form !== undefined && form !== 'int8' && form !== 'float32') {
    throw new UsageError(
      `${text} names no form of a model`,
      'write --sram 48k, or --sram 48k@int8 for the quantized model',
    );
  }
  const bytes = parseBytes(size, '--sram');
  const int8 = form === 'int8' || (form === undefined && isQuantized);
  return {
    kind: 'sram',
    text,
    bound: { absolute: bytes },
    probe: (graph) => {
      const planned = planWithinSram(int8 ? (asInt8(graph) ?? graph) : graph, bytes, false);
      return { value: planned.memory.sramBytes, culprits: peakTensors(graph, planned) };
    },
  };
}

/** The values of the graph whose tensors are alive when the arena is fullest. */
function peakTensors(graph: Graph, { planned: { program, plan } }: MeasuredPlan): ReadonlySet<ValueId> {
  const peak = peakOf(momentsOf(plan, program.steps.length));
  const buffers = new Set<BufferId>(peak?.culprits.map(({ buffer }) => buffer.id) ?? []);
  const names = new Set<string>(
    program.steps.flatMap(({ inputs, outputs }) =>
      [...inputs, ...outputs].flatMap((operand) =>
        operand.kind === 'arena' && buffers.has(operand.buffer) ? [operand.name] : [],
      ),
    ),
  );
  for (const { buffer } of peak?.culprits ?? []) names.add(buffer.name);
  return new Set([...graph.values.values()].filter(({ name }) => names.has(name)).map(({ id }) => id));
}

/**
 * `30ms@target`: predicted instructions of the C package over the clock of the target's first core, as if each took one cycle. A lower bound
 * of the time, until an estimator knows cycles.
 */
export function latencyGoal(given: string, target: Target, isQuantized: boolean): Goal {
  const text = `--latency ${given}`;
  const cpu = countedCpu(target, text);
  const [core] = target.cores;
  return {
    kind: 'latency',
    text,
    bound: { absolute: parseLatency(given).milliseconds },
    probe: (graph) => {
      const form = isQuantized ? (asInt8(graph) ?? graph) : graph;
      const { program, plan } = planProgram(form, cKernelNeeds, balancedPlan);
      const { instructions } = predictedRun(packageModel(program, plan, 'm', usualChoices), cpu);
      return { value: (1000 * instructions) / core.clockHz, culprits: null };
    },
  };
}

function countedCpu(target: Target, text: string): CountedCpu {
  const cpu = cpuOfTarget(target);
  const found = countedCpus.find((name) => name === cpu);
  if (found !== undefined) return found;
  throw new UsageError(
    `${text}: instructions of ${cpu} are not predicted`,
    `name a target with one of ${countedCpus.join(', ')}, or give --macs`,
  );
}

/** Milliseconds and target of `30ms@nano33ble`. Throws UsageError. */
export function parseLatency(given: string): { readonly milliseconds: number; readonly target: string } {
  const [, number = '', unit = '', target = ''] = /^(\d+(?:\.\d+)?)\s*(us|ms|s)@(.+)$/.exec(given.trim()) ?? [];
  const factor = { us: 1e-3, ms: 1, s: 1e3 }[unit];
  if (factor !== undefined && Number(number) > 0) return { milliseconds: Number(number) * factor, target };
  throw new UsageError(`--latency ${given} is no time on a target`, 'write it as --latency 30ms@nano33ble');
}
