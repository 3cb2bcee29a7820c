import { countedAs } from '../../converter/backends/c/counts/coefficients.ts';
import type { CountedCpu } from '../../converter/backends/c/counts/processors.ts';
import { packageModel } from '../../converter/backends/c/package.ts';
import { type MeasuredPlan, measurePlan, planWithinSram } from '../../converter/backends/c/plan-sram.ts';
import type { Cost, LayerCost, Limit } from '../../converter/compress/quantize/search/limit.ts';
import { packageWork } from '../../converter/estimate/package-work.ts';
import { estimateOnTarget } from '../../converter/estimate/target-estimate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { optimizeGraph } from '../../converter/pipeline.ts';
import { balancedPlan } from '../../converter/plan/options.ts';
import { momentsOf, peakOf } from '../../converter/plan/render/peak.ts';
import { ProblemError } from '../../converter/problem.ts';
import { summarize } from '../../converter/summary.ts';
import type { LatencyTarget } from './latency.ts';

/** The processor whose instructions are counted where no target is named. */
const usualCpu: CountedCpu = 'cortex-m4';

/**
 * What the C package of a graph takes: SRAM by its memory plan (the quickest within the limit where there is one), flash with an estimate of
 * the code, instructions as predicted from the generated C. Models with layers that C lacks are measured by their tensors alone, where no
 * limit asks for more.
 */
export function costOf(graph: Graph, limits: readonly Limit[], targets: readonly LatencyTarget[]): Cost {
  const optimized = optimizeGraph(graph).graph;
  try {
    return packageCost(optimized, planFor(optimized, limits), targets);
  } catch (error) {
    const isAsked = limits.some(({ kind }) => kind === 'sram' || kind === 'flash' || kind === 'latency');
    if (!(error instanceof ProblemError) || isAsked) throw error;
    return tensorCost(optimized);
  }
}

function planFor(graph: Graph, limits: readonly Limit[]): MeasuredPlan {
  const bytes = limits.flatMap((limit) => (limit.kind === 'sram' ? [limit.mostBytes] : []));
  return bytes.length === 0 ? measurePlan(graph, balancedPlan) : planWithinSram(graph, Math.min(...bytes), false);
}

function packageCost(
  graph: Graph,
  { planned, memory, codeBytesOn }: MeasuredPlan,
  targets: readonly LatencyTarget[],
): Cost {
  const { program, plan } = planned;
  const model = packageModel(program, plan, 'm');
  const workOn = (cpu: CountedCpu) => (countedAs(cpu) === null ? null : packageWork(model, cpu));
  const [first] = targets;
  const run = workOn(first?.cpu ?? usualCpu);
  const rows = summarize(graph).operators;
  const work = new Map<string, number>();
  for (const { name, instructions } of run?.layers ?? []) {
    work.set(name, (work.get(name) ?? 0) + instructions);
  }
  const layers = new Map(
    rows.map(({ name, macs, parameterBytes, activationBytes }): [string, LayerCost] => {
      return [
        name,
        { work: run === null ? macs : (work.get(name) ?? 0), constantBytes: parameterBytes, activationBytes },
      ];
    }),
  );
  const peak = peakOf(momentsOf(plan, program.steps.length));
  const step = peak === null ? undefined : program.steps[peak.step];
  return {
    sramBytes: memory.sramBytes,
    flashBytes: memory.constantBytes + codeBytesOn(first?.cpu ?? usualCpu),
    instructions: run === null ? null : Math.round(run.instructions),
    latencies: targets.map(({ name, cpu, target }) => {
      const own = cpu === (first?.cpu ?? usualCpu) ? run : workOn(cpu);
      return { target: name, us: own === null ? null : (estimateOnTarget(own, target)?.us ?? null) };
    }),
    largest: {
      sram: step?.name ?? null,
      flash: largest(layers, ({ constantBytes }) => constantBytes),
      latency: largest(layers, (layer) => layer.work),
    },
    layers,
  };
}

/** Constants, and the largest two tensors of a layer, for models that C does not take. */
function tensorCost(graph: Graph): Cost {
  const { operators, parameterBytes } = summarize(graph);
  const layers = new Map(
    operators.map(({ name, macs, parameterBytes: constantBytes, activationBytes }): [string, LayerCost] => {
      return [name, { work: macs, constantBytes, activationBytes }];
    }),
  );
  const bytes = operators.map(({ activationBytes }) => activationBytes).sort((a, b) => b - a);
  return {
    sramBytes: (bytes[0] ?? 0) + (bytes[1] ?? 0),
    flashBytes: parameterBytes,
    instructions: null,
    latencies: [],
    largest: {
      sram: largest(layers, ({ activationBytes }) => activationBytes),
      flash: largest(layers, ({ constantBytes }) => constantBytes),
      latency: null,
    },
    layers,
  };
}

function largest(layers: ReadonlyMap<string, LayerCost>, of: (layer: LayerCost) => number): string | null {
  let [most, name]: [number, string | null] = [0, null];
  for (const [layer, cost] of layers) if (of(cost) > most) [most, name] = [of(cost), layer];
  return name;
}
