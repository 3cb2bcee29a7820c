import { packageUse } from '../../converter/backends/c/footprint.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import type { PlanOptions } from '../../converter/plan/options.ts';
import type { PlannedProgram } from '../../converter/plan/plan-program.ts';
import { asInt8 } from '../../converter/plan/remedies/int8.ts';
import { ProblemError } from '../../converter/problem.ts';
import { summarize } from '../../converter/summary.ts';
import { formatBytes } from '../output/text.ts';
import { type PackageKind, planFor } from '../package-kinds.ts';
import { type Remedy, remedies } from '../target/remedies.ts';

/** Above this work each plan takes seconds, and half a dozen of them is more than a report is worth. */
const mostMacs = 100e6;

/** What would make the memory of a model less, each planned, in words; of a large model nothing is tried. */
export function remedyTexts(
  kind: PackageKind,
  graph: Graph,
  options: PlanOptions | null,
  planned: PlannedProgram,
): readonly string[] {
  if (summarize(graph).macs > mostMacs) return [];
  return kind === 'c' ? ofC(graph, options, planned) : ofWasm(graph, planned);
}

function ofC(graph: Graph, options: PlanOptions | null, { program, plan }: PlannedProgram): readonly string[] {
  const use = packageUse(program, plan);
  const { sramBytes } = use.memory;
  // Pruning is told as far as it halves what the model takes.
  const limits = { target: null, sramBytes: Math.floor(sramBytes / 2) };
  return remedies({ graph, options, use, limits })
    .filter((remedy) => remedy.sramBytes < sramBytes)
    .map(
      (remedy) =>
        `${remedy.what}: ${formatBytes(remedy.sramBytes)} of SRAM instead of ${formatBytes(sramBytes)}${detail(remedy)}`,
    );
}

function detail({ options, slowdown, isEstimate }: Remedy): string {
  const slower = slowdown === null || slowdown <= 1 ? [] : [`${((slowdown - 1) * 100).toFixed(1)} % slower`];
  const words = [
    ...(options === '' ? [] : [`with ${options}`]),
    ...slower,
    ...(isEstimate ? ['planned, not made'] : []),
  ];
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

function ofWasm(graph: Graph, { plan }: PlannedProgram): readonly string[] {
  const int8 = asInt8(graph);
  if (int8 === null) return [];
  try {
    const { arenaBytes } = planFor('wasm', int8, null).plan;
    if (arenaBytes >= plan.arenaBytes) return [];
    const sizes = `an arena of ${formatBytes(arenaBytes)} instead of ${formatBytes(plan.arenaBytes)}`;
    return [`int8 instead of float: ${sizes} (planned, not made)`];
  } catch (error) {
    if (error instanceof ProblemError) return [];
    throw error;
  }
}
