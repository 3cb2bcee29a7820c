import type { Graph, Node } from '../../ir/graph.ts';
import { InternalError } from '../../problem.ts';
import { peakBytesOf } from '../live.ts';
import { type KernelNeeds, lowerGraph } from '../lower.ts';
import { searchBeam } from './beam.ts';
import { boundOf } from './bound.ts';
import type { Found } from './choice.ts';
import { searchExactly } from './exact.ts';
import { type Effort, firstFrontier, Walk } from './frontier.ts';
import { type Work, workOf } from './work.ts';

export interface OrderOptions {
  /** Steps of the search before it settles for the best that it has; a step is the cost of one task at one place. */
  readonly budget: number;
}

export interface Ordered {
  /** The same graph, its nodes in another order; the given graph itself where no better order is known. */
  readonly graph: Graph;
  /** Most bytes alive at one step of the lowered graph, see {@link peakBytesOf}. */
  readonly peakBytes: number;
  /** Whether it is proved that no order of the kernels has a lower peak, each view being right behind what it views. */
  readonly isOptimal: boolean;
}

const defaults: OrderOptions = { budget: 600_000 };

/** The bound alone takes time and memory in the square of the tasks. */
const mostTasks = 5_000;

/** Widths of the beam: two quick ones to have something to beat, one for what is left of the budget. */
const [narrowBeams, wideBeam] = [[1, 8], 64];

/**
 * The graph with its nodes in the order whose peak of bytes alive is least: exact where the budget allows, else the best that a beam
 * search finds, and never worse than the given order. The same graph always gives the same order.
 *
 * The order decides what a graph of several branches needs: Liberis and Lane, "Neural networks on microcontrollers: saving memory at
 * inference via operator reordering" (arXiv:1910.05110). The exact search is in {@link searchExactly}.
 */
export function orderNodes(graph: Graph, needs: KernelNeeds, options: Partial<OrderOptions> = {}): Ordered {
  const { budget } = { ...defaults, ...options };
  const work = workOf(graph, needs);
  const measure = (candidate: Graph) => peakBytesOf(lowerGraph(candidate, needs));
  const givenBytes = measure(graph);
  if (work.tasks.length > mostTasks) return { graph, peakBytes: givenBytes, isOptimal: false };
  const effort: Effort = { work, bound: boundOf(work), steps: 0, limit: budget };
  const { best, leastBytes } = search(effort, givenOrder(effort), budget);
  const reordered = { ...graph, nodes: nodesInOrder(work, best) };
  const reorderedBytes = measure(reordered);
  const peakBytes = Math.min(givenBytes, reorderedBytes);
  const isOptimal = best.peakBytes <= leastBytes && peakBytes === best.peakBytes + work.stateBytes;
  return { graph: reorderedBytes < givenBytes ? reordered : graph, peakBytes, isOptimal };
}

/** The best order known, the given one where none is better, and what no order is below. */
function search(effort: Effort, given: Found, budget: number): { best: Found; leastBytes: number } {
  let { leastBytes } = effort.bound;
  let best = given;
  const left = () => budget - effort.steps;
  for (const width of narrowBeams) {
    if (best.peakBytes <= leastBytes) return { best, leastBytes };
    best = searchBeam(effort, best.peakBytes, width, left() / 2) ?? best;
  }
  if (best.peakBytes <= leastBytes) return { best, leastBytes };
  const exact = searchExactly(effort, best.peakBytes, left() / 2);
  leastBytes = exact.leastBytes;
  best = exact.found ?? best;
  if (best.peakBytes > leastBytes) best = searchBeam(effort, best.peakBytes, wideBeam, left()) ?? best;
  return { best, leastBytes };
}

/** The tasks in the order of the graph. */
function givenOrder(effort: Effort): Found {
  const walk = new Walk(effort, firstFrontier(effort));
  for (const task of effort.work.tasks) walk.run(task, walk.effect(task));
  return { order: effort.work.tasks.map(({ index }) => index), peakBytes: walk.here().peakBytes };
}

function nodesInOrder({ first, tasks }: Work, { order }: Found): readonly Node[] {
  const nodes = order.flatMap((index) => tasks[index]?.nodes ?? []);
  const expected = tasks.reduce((sum, task) => sum + task.nodes.length, 0);
  if (nodes.length !== expected) throw new InternalError('the order of the nodes lacks some of them');
  return [...first, ...nodes];
}
