import type { MemoryPlan } from '../../plan/plan.ts';

/** Bytes of the arena that hold nothing while a step runs. */
export interface Spare {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * The largest run of arena bytes, aligned to words, that no buffer uses during step `index`. A kernel may use it as
 * temporary memory that costs nothing: the plan stays as it is.
 */
export function spareOf(plan: MemoryPlan, index: number): Spare {
  const live = plan.placements
    .filter(({ lifetime }) => lifetime.start <= index && index < lifetime.end)
    .map(({ offset, buffer }) => ({ start: offset, end: offset + buffer.bytes }))
    .sort((a, b) => a.start - b.start);
  let best: Spare = { offset: 0, bytes: 0 };
  let free = 0;
  for (const { start, end } of [...live, { start: plan.arenaBytes, end: plan.arenaBytes }]) {
    const offset = Math.ceil(free / 4) * 4;
    if (start - offset > best.bytes) best = { offset, bytes: start - offset };
    free = Math.max(free, end);
  }
  return best;
}
