import type { Graph } from '../ir/graph.ts';
import { type Problem, ProblemError } from '../problem.ts';
import { type KernelNeeds, lowerGraph } from './lower.ts';
import { latencyPlan, type PlanOptions } from './options.ts';
import { orderNodes } from './order/order.ts';
import { placeInBanks } from './place-in-banks.ts';
import { type MemoryPlan, planMemory, quickArenaBytes } from './plan.ts';
import type { BufferId, Program } from './program.ts';
import { withSpare } from './spare.ts';
import { chooseProgram } from './stream/choose.ts';

export interface PlannedProgram {
  readonly program: Program;
  readonly plan: MemoryPlan;
}

/**
 * Orders the work and places every buffer for a back end whose kernels have the given needs. Throws ProblemError where the input
 * is to come by rows and cannot.
 */
export function planProgram(graph: Graph, needs: KernelNeeds, options: PlanOptions = latencyPlan): PlannedProgram {
  const lowered = lowerBest(graph, needs);
  const fedInput = options.feedRows ? fedInputOf(lowered) : null;
  const { program: chosen } = chooseProgram(lowered, needs, { ...options, fedInput });
  if (fedInput !== null && chosen.fed === null) throw new ProblemError([notByRows(lowered)]);
  const isFree = options.optimize === 'latency' && options.arenaBytes === null;
  const program = withSpare(chosen, needs, isFree);
  const plan = planMemory(program);
  return { program, plan: options.banks === null ? plan : placeInBanks(program, plan, options.banks) };
}

/** The nodes in the order that needs least memory. */
function lowerBest(graph: Graph, needs: KernelNeeds): Program {
  const given = lowerGraph(graph, needs);
  const ordered = orderNodes(graph, needs).graph;
  if (ordered === graph) return given;
  const other = lowerGraph(ordered, needs);
  return quickArenaBytes(other) < quickArenaBytes(given) ? other : given;
}

/** The input that comes row by row. */
function fedInputOf(program: Program): BufferId {
  const [input, ...others] = program.inputs;
  if (input === undefined || others.length > 0) throw new ProblemError([notByRows(program)]);
  return input.operand.buffer;
}

function notByRows({ inputs }: Program): Problem {
  const names = inputs.map(({ name }) => JSON.stringify(name)).join(', ');
  return {
    code: 'feed-rows',
    where: `--feed-rows with ${names}`,
    what: 'the model cannot take its input row by row',
    advice:
      'it wants one input of shape 1xHxWxC that goes into a convolution, a pool or an elementwise layer; leave the option out',
  };
}
