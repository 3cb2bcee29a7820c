import type { Graph } from '../ir/graph.ts';
import { ProblemError } from '../problem.ts';
import { lowerWithViews } from './choose-views.ts';
import { type KernelNeeds, lowerGraph } from './lower.ts';
import { latencyPlan, type PlanOptions } from './options.ts';
import { orderNodes } from './order/order.ts';
import { placeInBanks } from './place-in-banks.ts';
import { type MemoryPlan, planMemory, quickArenaBytes } from './plan.ts';
import type { BufferId, Program } from './program.ts';
import { withSpare } from './spare.ts';
import { type Candidate, chooseProgram } from './stream/choose.ts';
import { feedProblem } from './stream/feed-problem.ts';

export interface PlannedProgram {
  readonly program: Program;
  readonly plan: MemoryPlan;
}

/** In programs with more steps, streams are looked for without views only. */
const MOST_STEPS_TWICE = 130;

const withoutStreams = { optimize: 'latency', arenaBytes: null } as const;

/**
 * Orders the work and places every buffer for a back end whose kernels have the given needs. Throws ProblemError where the input
 * is to come by rows and cannot.
 */
export function planProgram(graph: Graph, needs: KernelNeeds, options: PlanOptions = latencyPlan): PlannedProgram {
  const programs = lowerings(graph, needs);
  const [views, ...others] = programs;
  const isLong = others.length > 0 && views.steps.length > MOST_STEPS_TWICE;
  const chosen = programs
    .map((lowered) =>
      streamed(lowered, needs, isLong && lowered === views ? { ...options, ...withoutStreams } : options),
    )
    .reduce((best, one) => (isBetter(one, best, options) ? one : best)).program;
  if (options.feedRows && chosen.fed === null) throw new ProblemError([feedProblem(chosen)]);
  const isFree = options.optimize === 'latency' && options.arenaBytes === null;
  const program = withSpare(chosen, needs, isFree);
  const plan = planMemory(program);
  return { program, plan: options.banks === null ? plan : placeInBanks(program, plan, options.banks) };
}

/** The program with views and, where that is another one, the program without, since steps on parts of buffers are in no stream. */
function lowerings(graph: Graph, needs: KernelNeeds): [Program, ...Program[]] {
  const { graph: ordered } = orderNodes(graph, needs);
  const graphs = graph === ordered ? [graph] : [graph, ordered];
  const views = smallest(graphs.map((one) => lowerWithViews(one, needs)));
  const none = smallest(graphs.map((one) => lowerGraph(one, needs)));
  return views.buffers.length === none.buffers.length ? [views] : [views, none];
}

function smallest(programs: readonly Program[]): Program {
  return programs.reduce((best, one) => (quickArenaBytes(one) < quickArenaBytes(best) ? one : best));
}

function streamed(lowered: Program, needs: KernelNeeds, options: PlanOptions): Candidate {
  const fedInput = options.feedRows ? fedInputOf(lowered) : null;
  return chooseProgram(lowered, needs, { ...options, fedInput });
}

function isBetter(one: Candidate, best: Candidate, { arenaBytes, feedRows }: PlanOptions): boolean {
  const [isFed, wasFed] = [one, best].map(({ program }) => !feedRows || program.fed !== null);
  if (isFed !== wasFed) return isFed === true;
  const enough = arenaBytes ?? 0;
  return Math.max(enough, one.arenaBytes) < Math.max(enough, best.arenaBytes);
}

/** The input that comes row by row. */
function fedInputOf(program: Program): BufferId {
  const [input, ...others] = program.inputs;
  if (input === undefined || others.length > 0) throw new ProblemError([feedProblem(program)]);
  return input.operand.buffer;
}
