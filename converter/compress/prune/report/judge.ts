import type { Graph } from '../../../ir/graph.ts';
import type { Executor } from '../../executor.ts';
import { compareOutputs, type JudgedSample } from '../../quantize/report/outputs.ts';
import { lossValue } from '../importance/attribution.ts';
import { relativeError, valuesAt } from '../importance/impact.ts';
import type { Goal } from '../targets/goal.ts';
import { measureGoal } from '../targets/meter.ts';
import { macsOf, parametersOf } from '../targets/work.ts';

/** One model on the way from the whole to the pruned one. */
export interface CurvePoint {
  readonly macs: number;
  /** Bytes of all constants. */
  readonly parameterBytes: number;
  /** Of the memory plan, where a planner was given; else null. */
  readonly sramBytes: number | null;
  /** Squared error of the outputs before the softmax on the judging samples, as a share of their variance. */
  readonly outputError: number;
  /** Share of samples with the same largest output as the float model; null where outputs have one element. */
  readonly agreement: number | null;
  /** Share of right answers, and that of the float model; null where not every sample has a class. */
  readonly accuracy: number | null;
  readonly floatAccuracy: number | null;
}

/** Looks at a pruned graph from all sides. */
export type Judge = (graph: Graph) => CurvePoint;

/** @param planner bytes of SRAM that a graph needs, if somebody can tell */
export function judgeOf(
  float: Graph,
  samples: readonly JudgedSample[],
  execute: Executor,
  planner: ((graph: Graph) => number) | null,
): Judge {
  const output = lossValue(float);
  const loads = samples.map(({ load }) => load);
  const wanted = valuesAt(float, output, loads, execute);
  return (graph) => {
    const report = samples.length === 0 ? null : compareOutputs(float, graph, samples, execute);
    const found = samples.length === 0 ? [] : valuesAt(graph, output, loads, execute);
    return {
      macs: macsOf(graph),
      parameterBytes: 4 * parametersOf(graph),
      sramBytes: planner === null ? null : planner(graph),
      outputError: relativeError(wanted, found),
      agreement: report === null || (wanted[0]?.length ?? 0) < 2 ? null : report.agreement.value,
      accuracy: report?.accuracy?.stored.value ?? null,
      floatAccuracy: report?.accuracy?.real.value ?? null,
    };
  };
}

/** The planner behind a goal of SRAM, or null. */
export function plannerOf(goals: readonly Goal[]): ((graph: Graph) => number) | null {
  const goal = goals.find(({ kind }) => kind === 'sram');
  return goal === undefined ? null : (graph) => measureGoal(goal, graph);
}
