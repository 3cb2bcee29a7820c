import { modelNodeBudget, solveOffsets } from '../../converter/plan/memory/exact.ts';
import type { OffsetBuffer } from '../../converter/plan/memory/problem.ts';
import { toSeparations } from '../../converter/plan/memory/restricted.ts';
import {
  type SeparationProblem,
  separationNodeBudget,
  solveSeparations,
} from '../../converter/plan/memory/separation.ts';

/** Numbers of buffers, and problems of each. */
const counts = [10, 20, 40, 80, 160, 320, 500] as const;
const problemsOfEach = 10;

/** What the planner pays for problems of one size: chains of buffers as of networks, with the budget that it gives. */
export interface GrowthFigure {
  /** Whether buffers next to each other may overlap (search by distances) or not (rectangular search). */
  readonly overlapping: boolean;
  readonly buffers: number;
  readonly problems: number;
  /** How many placements are proved to be the lowest. */
  readonly proved: number;
  /** Search nodes: the same on every machine. */
  readonly meanNodes: number;
  readonly mostNodes: number;
  readonly nodeBudget: number;
  /** Information about this machine at this moment. */
  readonly meanMs: number;
}

/** Places chains of growing length, without and with overlaps. */
export function measureGrowth(): readonly GrowthFigure[] {
  return [false, true].flatMap((overlapping) => counts.map((buffers) => measure(buffers, overlapping)));
}

function measure(buffers: number, overlapping: boolean): GrowthFigure {
  const nodes: number[] = [];
  let proved = 0;
  let ms = 0;
  for (let seed = 1; seed <= problemsOfEach; seed++) {
    const draw = generator(1000 * buffers + seed);
    const chain = chainOf(buffers, draw);
    const problem = withOverlaps(toSeparations(chain), draw);
    const started = performance.now();
    const cost = overlapping ? solveByDistance(problem) : solveRectangles(chain);
    ms += performance.now() - started;
    nodes.push(cost.nodes);
    if (cost.isProved) proved++;
  }
  const meanNodes = nodes.reduce((sum, cost) => sum + cost, 0) / problemsOfEach;
  const figures = { proved, meanNodes, mostNodes: Math.max(...nodes), meanMs: ms / problemsOfEach };
  const nodeBudget = overlapping ? separationNodeBudget : modelNodeBudget;
  return { overlapping, buffers, problems: problemsOfEach, ...figures, nodeBudget };
}

function solveByDistance(problem: SeparationProblem): { readonly nodes: number; readonly isProved: boolean } {
  const { nodes, isOptimal } = solveSeparations(problem);
  return { nodes, isProved: isOptimal };
}

function solveRectangles(chain: readonly OffsetBuffer[]): { readonly nodes: number; readonly isProved: boolean } {
  const { nodes, optimal } = solveOffsets(chain, { nodeBudget: modelNodeBudget });
  return { nodes, isProved: optimal };
}

/** Each buffer is alive with the next, one in three with some more. */
function chainOf(count: number, draw: (limit: number) => number): readonly OffsetBuffer[] {
  return Array.from({ length: count }, (_, id) => {
    const lifetime = 2 + (draw(3) === 0 ? draw(10) : 0);
    return { id, size: 16 * (1 + draw(128)), alignment: 16, start: id, end: id + lifetime };
  });
}

/** Half of the neighbours in the chain may overlap by an amount that is drawn. */
function withOverlaps(problem: SeparationProblem, draw: (limit: number) => number): SeparationProblem {
  const share = (bytes: number) => 16 * draw(bytes / 16);
  const conflicts = problem.conflicts.map((pair) => {
    const isOverlapping = pair.b === pair.a + 1 && draw(2) === 0;
    return isOverlapping ? { ...pair, aBelow: share(pair.aBelow), bBelow: share(pair.bBelow) } : pair;
  });
  return { ...problem, conflicts };
}

/** Whole numbers below a limit, the same for a seed (a linear congruential generator; its upper bits). */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
