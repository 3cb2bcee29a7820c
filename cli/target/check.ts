import { type CFootprint, memoryNeedOf } from '../../converter/backends/c/footprint.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { type Fit, fitOf } from '../../converter/plan/fit.ts';
import type { Target } from '../../converter/plan/target.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import type { CommandIo } from '../io.ts';
import { writeJson } from '../output/json.ts';
import { reportProblems, schemaVersion } from '../report-error.ts';
import { remedies } from './remedies.ts';
import { fitProblem, fitText } from './render-fit.ts';

/** A model against a target. */
export interface TargetCheck {
  readonly target: Target;
  readonly footprint: CFootprint;
  readonly fit: Fit;
}

/** Whether a C package fits into `target`; `isDivided` is true of one whose plan lies in several memories of the target. */
export function checkTarget(target: Target, footprint: CFootprint, isDivided = false): TargetCheck {
  return { target, footprint, fit: fitOf(target, memoryNeedOf(footprint, isDivided)) };
}

/** The check as a part of what `--json` prints. */
export function checkJson({ target, footprint, fit }: TargetCheck) {
  return { target: target.name, fits: fit.fits, footprint, memories: fit.rows };
}

/** Tells on `io` that the model does not fit, with what would help. */
export async function refuseToFit(check: TargetCheck, graph: Graph, io: CommandIo, json: boolean): Promise<ExitCode> {
  const { target, fit, footprint } = check;
  const problem = fitProblem(target, fit);
  const help = remedies(graph, target, fit);
  if (json) {
    await writeJson({ schemaVersion, problems: [problem], fit: checkJson(check), remedies: help }, io.stdout);
  } else {
    reportProblems([problem], io);
    io.stderr.write(`\n${fitText(fit, footprint, help, io.color)}\n`);
  }
  return exitCodes.doesNotFit;
}
