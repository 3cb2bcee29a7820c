import { type ExitCode, exitCodes } from '../exit-code.ts';
import { ProblemList } from '../input/problem-list.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import { writeJson } from '../output/json.ts';
import { writeFileAtomically } from '../output/single-file.ts';
import { checkThresholds, outcomeOf } from './check-thresholds.ts';
import { comparisonJson } from './compare-json.ts';
import { compareReports } from './comparison.ts';
import { comparisonMarkdown } from './markdown.ts';
import { readReport } from './read-report.ts';
import { comparisonText } from './render.ts';
import { readThresholds } from './threshold-file.ts';
import { parseThresholds } from './thresholds.ts';

/** What `compare` was asked for. */
export interface CompareRequest {
  readonly before: string;
  readonly after: string;
  /** Thresholds of the command line. */
  readonly max: readonly string[];
  /** A file of thresholds, which hold as well. */
  readonly thresholds: string | null;
  /** A file for Markdown; empty for standard output; null for none. */
  readonly markdown: string | null;
  readonly json: boolean;
}

/** How the comparison ends: a threshold that could not be checked is a fault of the reports, one that is exceeded does not fit. */
const endings = {
  within: exitCodes.done,
  exceeded: exitCodes.doesNotFit,
  unknown: exitCodes.fault,
} as const;

/** Compares two reports, tells what differs and checks it. Throws ProblemError with all that is wrong with the files and thresholds. */
export async function compareFiles(request: CompareRequest, io: CommandIo): Promise<ExitCode> {
  const { before: beforePath, after: afterPath, max, thresholds: file, markdown, json } = request;
  const problems = new ProblemList();
  const given = problems.try(() => parseThresholds(max));
  const filed = problems.try(() => (file === null ? [] : readThresholds(file, io)));
  const [beforeReport, afterReport] = [beforePath, afterPath].map((path) => problems.try(() => readReport(path, io)));
  problems.throwIfAny();
  if (given === null || filed === null || !beforeReport || !afterReport) return exitCodes.fault;
  const before = { path: beforePath, report: beforeReport };
  const after = { path: afterPath, report: afterReport };
  const comparison = compareReports(before.report, after.report);
  const checks = checkThresholds([...given, ...filed], comparison);
  const comment = markdown === null ? '' : comparisonMarkdown(before, after, comparison, checks);
  if (markdown !== null && markdown !== '') writeFileAtomically(resolvePath(io, markdown), comment);
  if (json) await writeJson(comparisonJson(before, after, comparison, checks), io.stdout);
  else if (markdown === '') await print(io, comment.trimEnd());
  else await print(io, comparisonText(before, after, comparison, checks, io));
  return endings[outcomeOf(checks)];
}
