import { type CFootprint, type CPackageUse, footprintOn, memoryNeedOf } from '../../converter/backends/c/footprint.ts';
import { type Fit, fitOf } from '../../converter/plan/fit.ts';
import type { Target } from '../../converter/plan/target.ts';
import type { Problem } from '../../converter/problem.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import type { CommandIo } from '../io.ts';
import { writeJson } from '../output/json.ts';
import { reportProblems, schemaVersion } from '../report-error.ts';
import { type Misfit, remedies } from './remedies.ts';
import { fitProblem, fitText, remedyText } from './render-fit.ts';

/** A model against a target. */
export interface TargetCheck {
  readonly target: Target;
  readonly footprint: CFootprint;
  readonly fit: Fit;
}

/** Whether a C package fits into `target`. */
export function checkTarget(target: Target, use: CPackageUse): TargetCheck {
  const footprint = footprintOn(use, target);
  return { target, footprint, fit: fitOf(target, memoryNeedOf(footprint, use.isDivided)) };
}

/** The check as a part of what `--json` prints. */
export function checkJson({ target, footprint, fit }: TargetCheck) {
  return { target: target.name, fits: fit.fits, footprint, memories: fit.rows };
}

/** Tells on `io` that the model does not fit into a target, with what would help. */
export function refuseToFit(check: TargetCheck, misfit: Misfit, io: CommandIo, json: boolean): Promise<ExitCode> {
  return refuseWith(fitProblem(check.target, check.fit), check, misfit, io, json);
}

/** Tells on `io` that a model does not fit, with what would help. `check` is null where there is no target. */
export async function refuseWith(
  problem: Problem,
  check: TargetCheck | null,
  misfit: Misfit,
  io: CommandIo,
  json: boolean,
): Promise<ExitCode> {
  const help = remedies(misfit);
  if (json) {
    const fit = check === null ? null : checkJson(check);
    await writeJson({ schemaVersion, problems: [problem], fit, remedies: help }, io.stdout);
  } else {
    reportProblems([problem], io);
    const parts = [
      ...(check === null ? [] : [fitText(check.fit, check.footprint, io.color)]),
      remedyText(help, io.color),
    ];
    io.stderr.write(`\n${parts.join('\n\n')}\n`);
  }
  return exitCodes.doesNotFit;
}
