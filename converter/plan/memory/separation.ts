import { separationBound } from './separation-bound.ts';
import { descend, placeGreedily } from './separation-greedy.ts';
import { components, toSeparationInstance } from './separation-instance.ts';
import type { SeparationProblem, SeparationSolution } from './separation-problem.ts';

import { refine } from './separation-refine.ts';

export type {
  AddressRange,
  SeparatedBuffer,
  SeparatedPair,
  SeparationProblem,
  SeparationSolution,
} from './separation-problem.ts';

/** Improvements of the greedy placement that {@link solveSeparations} and {@link quickHeight} try. */
const thoroughRounds = 400;
const quickRounds = 40;

/** Nodes that {@link solveSeparations} may visit when the caller does not say: some tenths of a second. */
export const separationNodeBudget = 10_000;

export interface SeparationOptions {
  /** Most nodes that the exact search may visit; {@link separationNodeBudget} when absent. Fixes the result, whatever the machine. */
  readonly nodes?: number;
  /** Bytes that are enough: no placement below is looked for. */
  readonly enough?: number;
}

/**
 * The lowest placement that greedy search and, within a budget of nodes, exact search find. Deterministic. Throws
 * `InternalError` when the fixed buffers contradict each other, the forbidden ranges or their alignment.
 */
export function solveSeparations(problem: SeparationProblem, options: SeparationOptions = {}): SeparationSolution {
  return solve(problem, thoroughRounds, options.nodes ?? separationNodeBudget, options.enough ?? 0);
}

/** The greedy part of {@link solveSeparations} alone, with a bound: for choosing between many problems; no lower than `enough`. */
export function quickHeight(problem: SeparationProblem, enough = 0): SeparationSolution {
  return solve(problem, quickRounds, 0, enough);
}

function solve(problem: SeparationProblem, rounds: number, budget: number, useful: number): SeparationSolution {
  const instance = toSeparationInstance(problem);
  const parts = components(instance, problem.moments).map((component) => {
    return { component, bound: separationBound(instance, component) };
  });
  parts.sort((a, b) => b.bound - a.bound);
  // What stays below the height that another part needs anyway is low enough.
  let lowerBound = parts.reduce((most, { bound }) => Math.max(most, bound), 0);
  let enough = Math.max(useful, lowerBound);
  const started = parts.map(({ component, bound }) => {
    const greedy = placeGreedily(instance, component, enough);
    const placed = greedy.height <= enough ? greedy : descend(instance, component, greedy, enough, rounds);
    return { component, bound, placed };
  });
  started.sort((a, b) => b.placed.height - a.placed.height);
  const offsets = new Float64Array(problem.buffers.length);
  let height = 0;
  let nodes = 0;
  for (const { component, bound, placed } of started) {
    const left = instance.isOrdered ? budget - nodes : 0;
    const result = refine(instance, component, placed, bound, enough, left);
    for (const buffer of component.buffers) offsets[buffer] = result.offsets[buffer] ?? 0;
    nodes += result.nodes;
    height = Math.max(height, result.height);
    lowerBound = Math.max(lowerBound, result.bound);
    enough = Math.max(enough, height);
  }
  const byId = new Map(problem.buffers.map(({ id }, i) => [id, offsets[i] ?? 0]));
  return { offsets: byId, height, lowerBound, isOptimal: height === lowerBound, nodes };
}
