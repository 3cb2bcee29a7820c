import { engines } from '../../cli/engine/registry.ts';
import { evaluateRuns } from '../../converter/ir/evaluate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { optimizeGraph } from '../../converter/pipeline.ts';
import { ProblemError } from '../../converter/problem.ts';
import { emit, runModule } from '../backends/wasm/run-graph.ts';
import { type CProgram, cProgram, runCPrograms } from './c-programs.ts';
import { judge } from './compare.ts';
import { goldenJobs, npzJobs } from './golden-case.ts';
import type { Job, Outcome, RunOutcome } from './job.ts';
import { onnxCaseJobs } from './onnx-case.ts';
import type { CaseRow } from './rows.ts';
import { tfliteCaseJobs } from './tflite-case.ts';

export const backEnds = ['reference', 'wasm', 'c'] as const;

export type BackEnd = (typeof backEnds)[number];

/** What became of a case. */
export interface CaseResult {
  readonly row: CaseRow;
  /** The inputs that were fixed, because the model wants them as constants. */
  readonly fixed: readonly string[];
  /** Whether nothing was left to run after the passes: the case tests only what is computed during conversion. */
  readonly folded: boolean;
  /** `reference` is the graph as imported and the graph after the passes; back ends run the latter. */
  readonly outcomes: { readonly [B in BackEnd]: Outcome };
}

/** How many cases one C program holds. */
const casesPerProgram = 60;

/** A job whose graph went through the passes. */
interface Optimized extends Job {
  readonly optimized: Graph;
}

/** Everything of a case but its C program. */
interface Prepared {
  readonly row: CaseRow;
  readonly jobs: readonly Optimized[];
  readonly reference: Outcome;
  readonly wasm: Outcome;
}

/** Runs all cases on all back ends; gcc must be there where `withC` is set, and the outcome of C is a refusal where it is not. */
export async function runCases(rows: readonly CaseRow[], withC: boolean): Promise<readonly CaseResult[]> {
  const results: Promise<readonly CaseResult[]>[] = [];
  for (let at = 0; at < rows.length; at += casesPerProgram) {
    const prepared: Prepared[] = [];
    for (const row of rows.slice(at, at + casesPerProgram)) prepared.push(await prepare(row));
    results.push(finishInC(prepared, withC));
    // Two compilers at a time.
    if (results.length > 1) await results.at(-2);
  }
  return (await Promise.all(results)).flat();
}

async function prepare(row: CaseRow): Promise<Prepared> {
  let jobs: readonly Optimized[] = [];
  const reference = await attempt(async () => {
    jobs = jobsOf(row).map((job) => ({ ...job, optimized: optimizeGraph(job.graph).graph }));
    return worst(jobs.flatMap((job) => [job.graph, job.optimized].map((graph) => judge(job, onReference(graph, job)))));
  });
  if (jobs.length === 0) return { row, jobs, reference, wasm: reference };
  const wasm = await attempt(async () => {
    const outcomes: Outcome[] = [];
    for (const job of jobs) outcomes.push(judge(job, await onWasm(job)));
    return worst(outcomes);
  });
  return { row, jobs, reference, wasm };
}

/** The runs of a case, whose graphs are as imported. */
export function jobsOf(row: CaseRow): Job[] {
  switch (row.folder) {
    case 'onnx_conformance':
    case 'onnx_cases':
      return row.files.includes('io.npz') ? npzJobs(row) : onnxCaseJobs(row);
    case 'onnx_graphs':
    case 'tflite_ops':
      return goldenJobs(row);
    case 'tflite_cases':
      return tfliteCaseJobs(row);
  }
}

const inputsOf = ({ steps }: Job) => steps.map(({ inputs }) => inputs);

function onReference(graph: Graph, job: Job): RunOutcome {
  return { kind: 'ran', outputs: evaluateRuns(graph, inputsOf(job)) };
}

/** A single run is also watched for writes outside the buffers of the plan. */
async function onWasm(job: Optimized): Promise<RunOutcome> {
  const [inputs] = inputsOf(job);
  if (job.steps.length === 1 && inputs !== undefined) {
    return { kind: 'ran', outputs: [runModule(emit(job.optimized), inputs)] };
  }
  const { inferences } = await engines.wasm.run(
    job.optimized,
    inputsOf(job).map((tensors) => () => tensors),
    () => {},
  );
  return { kind: 'ran', outputs: inferences.map(({ outputs }) => outputs) };
}

/** Compiles and runs what the C back end does not refuse, all in one program. */
async function finishInC(prepared: readonly Prepared[], withC: boolean): Promise<readonly CaseResult[]> {
  const programs: CProgram[] = [];
  const emitted = await Promise.all(
    prepared.map(async ({ jobs, reference }, i) => {
      if (jobs.length === 0 || !withC) return { mine: [], refused: withC ? reference : noCompiler };
      const mine: CProgram[] = [];
      const refused = await attempt(async () => {
        mine.push(...jobs.map((job, k) => cProgram(job.optimized, inputsOf(job), `m${i}_${k}`)));
        return { kind: 'pass' };
      });
      if (refused.kind !== 'pass') return { mine: [], refused };
      programs.push(...mine);
      return { mine, refused: null };
    }),
  );
  const ran = await runCPrograms(programs);
  const outcomeOf = new Map(programs.map((program, i) => [program, ran[i]] as const));
  return prepared.map(({ row, jobs, reference, wasm }, i): CaseResult => {
    const fixed = [...new Set(jobs.flatMap((job) => job.fixed))];
    const folded = jobs.length > 0 && jobs.every(({ optimized }) => optimized.nodes.length === 0);
    const { mine, refused } = emitted[i] ?? { mine: [], refused: null };
    const judged = mine.map((program, k): Outcome => {
      const [job, result] = [jobs[k], outcomeOf.get(program)];
      return job === undefined || result === undefined ? { kind: 'wrong', why: 'it did not run' } : judge(job, result);
    });
    return { row, fixed, folded, outcomes: { reference, wasm, c: refused ?? worst(judged) } };
  });
}

const noCompiler: Outcome = {
  kind: 'refused',
  problems: [{ code: 'no-compiler', where: 'gcc', what: 'there is no gcc', advice: 'install it' }],
};

/** A wrong answer before a refusal before a pass. */
function worst(outcomes: readonly Outcome[]): Outcome {
  const wrong = outcomes.find(({ kind }) => kind === 'wrong');
  return wrong ?? outcomes.find(({ kind }) => kind === 'refused') ?? { kind: 'pass' };
}

/** Problems are a refusal; anything else that is thrown is as bad as a wrong answer. */
async function attempt(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) return { kind: 'refused', problems: error.problems };
    return { kind: 'wrong', why: String(error instanceof Error ? error.stack : error) };
  }
}
