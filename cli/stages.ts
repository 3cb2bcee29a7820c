import type { Graph } from '../converter/ir/graph.ts';
import { printGraph } from '../converter/ir/print.ts';
import type { PlanOptions } from '../converter/plan/options.ts';
import { printPlan, printProgram } from '../converter/plan/print.ts';
import { type CommandIo, print } from './io.ts';
import type { Stage } from './options/common.ts';
import { writeJson } from './output/json.ts';
import { type PackageKind, planFor } from './package-kinds.ts';
import { schemaVersion } from './report-error.ts';

/** The text form of one stage of the pipeline. */
export function stageText(stage: Stage, graph: Graph, output: PackageKind, options: PlanOptions | null): string {
  switch (stage) {
    case 'graph':
      return printGraph(graph);
    case 'program':
      return printProgram(planFor(output, graph, options).program);
    case 'plan':
      return printPlan(planFor(output, graph, options).plan);
    default:
      return stage satisfies never;
  }
}

/** Prints one stage for `--emit`; with `json` as `{"schemaVersion", "stage", "text"}`. */
export async function printStage(
  stage: Stage,
  graph: Graph,
  output: PackageKind,
  options: PlanOptions | null,
  io: CommandIo,
  json: boolean,
): Promise<void> {
  const text = stageText(stage, graph, output, options);
  if (json) await writeJson({ schemaVersion, stage, text }, io.stdout);
  else await print(io, text.trimEnd());
}
