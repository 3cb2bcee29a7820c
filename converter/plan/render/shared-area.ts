import type { Placement } from '../plan.ts';

/** Bytes that two buffers have in common, while both are alive. */
export interface SharedArea {
  readonly of: readonly [Placement, Placement];
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** All areas that two buffers share; three over each other make three of them. */
export function sharedAreas(placements: readonly Placement[]): readonly SharedArea[] {
  return placements.flatMap((one, i) =>
    placements.slice(i + 1).flatMap((other): SharedArea[] => {
      const start = Math.max(one.lifetime.start, other.lifetime.start);
      const end = Math.min(one.lifetime.end, other.lifetime.end);
      const from = Math.max(one.offset, other.offset);
      const to = Math.min(one.offset + one.buffer.bytes, other.offset + other.buffer.bytes);
      return start < end && from < to ? [{ of: [one, other], start, end, from, to }] : [];
    }),
  );
}

/** The longest run of steps in which no other buffer lies over this one; all its steps where there is none. */
export function ownSteps(placement: Placement, areas: readonly SharedArea[]): Placement['lifetime'] {
  const { start, end } = placement.lifetime;
  const inside = areas.filter(({ of }) => of.includes(placement));
  const runs = [start, ...inside.map((area) => area.end)].map((from) => {
    const next = inside.filter((area) => area.end > from).map((area) => area.start);
    return { start: from, end: Math.max(from, Math.min(end, ...next)) };
  });
  const longest = runs.reduce((best, run) => (run.end - run.start > best.end - best.start ? run : best));
  return longest.end > longest.start ? longest : placement.lifetime;
}
