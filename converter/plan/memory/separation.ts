import { invariant } from '../../problem.ts';
import { separationBound } from './separation-bound.ts';
import { descend, placeGreedily } from './separation-greedy.ts';
import { type Component, components, type SeparationInstance, toSeparationInstance } from './separation-instance.ts';
import type { SeparationProblem, SeparationSolution } from './separation-problem.ts';

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

/**
 * The lowest placement that greedy search and, within `nodes`, exact search find. Deterministic. Throws `InternalError` when
 * the fixed buffers contradict each other, the forbidden ranges or their alignment.
 */
export function solveSeparations(problem: SeparationProblem): SeparationSolution {
  return solve(problem, thoroughRounds);
}

/** The greedy part of {@link solveSeparations} alone, with a bound: for choosing between many problems. */
export function quickHeight(problem: SeparationProblem): SeparationSolution {
  return solve(problem, quickRounds);
}

function solve(problem: SeparationProblem, rounds: number): SeparationSolution {
  const instance = toSeparationInstance(problem);
  const parts = components(instance, problem.moments).map((component) => ({
    component,
    bound: separationBound(instance, component),
  }));
  parts.sort((a, b) => b.bound - a.bound);
  const lowerBound = Math.max(0, ...parts.map(({ bound }) => bound));
  const offsets = new Float64Array(problem.buffers.length);
  let height = lowerBound;
  for (const { component } of parts) {
    // What stays below the height that another part needs anyway is low enough.
    height = Math.max(height, placePart(instance, component, rounds, height, offsets));
  }
  return {
    offsets: new Map(problem.buffers.map(({ id }, i) => [id, offsets[i] ?? 0])),
    height: heightOf(instance, offsets),
    lowerBound,
    isOptimal: heightOf(instance, offsets) === lowerBound,
    nodes: 0,
  };
}

/** Writes the offsets of one part; its height. */
function placePart(
  instance: SeparationInstance,
  component: Component,
  rounds: number,
  enough: number,
  offsets: Float64Array,
): number {
  const greedy = placeGreedily(instance, component, enough);
  const best = greedy.height <= enough ? greedy : descend(instance, component, greedy, enough, rounds);
  for (const buffer of component.buffers) offsets[buffer] = best.offsets[buffer] ?? 0;
  return best.height;
}

function heightOf({ size }: SeparationInstance, offsets: Float64Array): number {
  let height = 0;
  for (let i = 0; i < size.length; i++) height = Math.max(height, (offsets[i] ?? 0) + (size[i] ?? 0));
  invariant(Number.isFinite(height), 'a buffer has no place');
  return height;
}
