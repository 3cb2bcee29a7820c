import { invariant } from '../../problem.ts';
import type { OffsetBuffer, OffsetSolution } from './problem.ts';
import { solveSeparations } from './separation.ts';
import type { AddressRange, SeparatedPair, SeparationProblem } from './separation-problem.ts';

/** Whether an offset problem has fixed buffers or ranges where nothing may lie, which the rectangular solvers do not know. */
export function isRestricted(buffers: readonly OffsetBuffer[], forbidden: readonly AddressRange[]): boolean {
  return forbidden.length > 0 || buffers.some(({ fixed }) => fixed !== undefined);
}

/**
 * An offset problem said with distances: buffers alive together are a whole buffer apart. Buffers of no bytes meet nothing.
 * Indices are those of `buffers`.
 */
export function toSeparations(
  buffers: readonly OffsetBuffer[],
  forbidden: readonly AddressRange[] = [],
): SeparationProblem {
  for (const { id, start, end } of buffers) invariant(start < end, `buffer ${id} lives from ${start} to ${end}`);
  const conflicts: SeparatedPair[] = [];
  for (const [b, upper] of buffers.entries()) {
    for (const [a, lower] of buffers.slice(0, b).entries()) {
      const isTogether = lower.start < upper.end && upper.start < lower.end;
      if (!isTogether || lower.size === 0 || upper.size === 0) continue;
      conflicts.push({ a, b, aBelow: lower.size, bBelow: upper.size });
    }
  }
  const starts = [...new Set(buffers.map(({ start }) => start))].sort((a, b) => a - b);
  const moments = starts.map((time) =>
    buffers.flatMap(({ size, start, end }, i) => (size > 0 && start <= time && time < end ? [i] : [])),
  );
  return { buffers: buffers.map(withoutLifetime), conflicts, forbidden, moments };
}

/** Offsets of an offset problem with restrictions; as for the exact solver, `capacity` is what is enough. */
export function solveRestricted(
  buffers: readonly OffsetBuffer[],
  forbidden: readonly AddressRange[],
  options: { readonly nodes: number; readonly capacity: number | null },
): OffsetSolution & { readonly nodes: number } {
  const { nodes: budget, capacity } = options;
  const limits = capacity === null ? { nodes: budget } : { nodes: budget, enough: capacity };
  const solution = solveSeparations(toSeparations(buffers, forbidden), limits);
  const { offsets, height, lowerBound, isOptimal, nodes } = solution;
  return { offsets, height, lowerBound, optimal: isOptimal, nodes };
}

function withoutLifetime({ id, size, alignment, fixed }: OffsetBuffer): SeparationProblem['buffers'][number] {
  return fixed === undefined || size === 0 ? { id, size, alignment } : { id, size, alignment, fixed };
}
