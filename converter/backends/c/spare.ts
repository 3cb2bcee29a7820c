import { type MemoryPlan, offsetOf } from '../../plan/plan.ts';
import type { Step } from '../../plan/program.ts';

/** Bytes of the arena that hold nothing while a step runs. */
export interface Spare {
  readonly offset: number;
  readonly bytes: number;
}

/** What a kernel may use as temporary memory: what the plan gives to its step, or more where more lies idle. */
export function spareOf(plan: MemoryPlan, { index, spare }: Pick<Step, 'index' | 'spare'>): Spare {
  const idle = idleBytes(plan, index);
  const planned = plan.placements.find(({ buffer }) => buffer.id === spare)?.buffer.bytes ?? 0;
  return spare === null || planned < idle.bytes ? idle : { offset: offsetOf(plan, spare), bytes: planned };
}

/**
 * The largest run of arena bytes, aligned to words, that no buffer uses during step `index`. A kernel may use it as
 * temporary memory that costs nothing: the plan stays as it is.
 */
export function idleBytes(plan: MemoryPlan, index: number): Spare {
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
