import type { MemoryPlan, Placement } from '../plan.ts';

/**
 * The memory at one step. Step -1 is the time before the first step, when the inputs are there; the number of steps is the time
 * after the last, when the outputs are.
 */
export interface Moment {
  readonly step: number;
  /** What is alive, by offset. */
  readonly live: readonly Placement[];
  /** Where the topmost of these buffers ends, in bytes from the start of the arena. */
  readonly topBytes: number;
  /** Bytes that one buffer or several occupy: what overlaps counts once. */
  readonly usedBytes: number;
}

/** The moment that makes the arena as large as it is. */
export interface Peak extends Moment {
  /** The buffers alive at that moment, the largest first: each byte less of one of them may be a byte less of arena. */
  readonly culprits: readonly Placement[];
  /** All steps whose buffers reach as high, this one among them. */
  readonly steps: readonly number[];
}

/** The memory at each step, from -1 to `stepCount`. */
export function momentsOf(plan: MemoryPlan, stepCount: number): readonly Moment[] {
  const byOffset = [...plan.placements].sort((a, b) => a.offset - b.offset || a.buffer.id - b.buffer.id);
  return Array.from({ length: stepCount + 2 }, (_, i) => {
    const step = i - 1;
    const live = byOffset.filter(({ lifetime }) => lifetime.start <= step && step < lifetime.end);
    return { step, live, ...extent(live) };
  });
}

/** The step whose live buffers reach highest; of several the one where most bytes are occupied, then the first. Null without any. */
export function peakOf(moments: readonly Moment[]): Peak | null {
  const [highest] = [...moments].sort(higherFirst);
  if (highest === undefined) return null;
  const culprits = [...highest.live].sort((a, b) => b.buffer.bytes - a.buffer.bytes || a.offset - b.offset);
  const steps = moments.filter(({ topBytes }) => topBytes === highest.topBytes).map(({ step }) => step);
  return { ...highest, culprits, steps };
}

/** Order of moments by what they ask for: the highest top, then the most bytes, then the first. */
export function higherFirst(a: Moment, b: Moment): number {
  return b.topBytes - a.topBytes || b.usedBytes - a.usedBytes || a.step - b.step;
}

/** `live` is in the order of offsets. */
function extent(live: readonly Placement[]): { readonly topBytes: number; readonly usedBytes: number } {
  let topBytes = 0;
  let usedBytes = 0;
  for (const { offset, buffer } of live) {
    const end = offset + buffer.bytes;
    usedBytes += Math.max(0, end - Math.max(offset, topBytes));
    topBytes = Math.max(topBytes, end);
  }
  return { topBytes, usedBytes };
}
