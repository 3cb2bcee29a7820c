import { describe, expect, it } from 'vitest';
import { idleBytes } from '../../../converter/backends/c/spare.ts';
import type { MemoryPlan } from '../../../converter/plan/plan.ts';
import { bufferId } from '../../../converter/plan/program.ts';

/** A plan of buffers [offset, bytes, start, end]. */
function planOf(arenaBytes: number, buffers: readonly (readonly [number, number, number, number])[]): MemoryPlan {
  return {
    ...{ arenaBytes, arenaAlignment: 4, stateBytes: 0, lowerBoundBytes: arenaBytes },
    placements: buffers.map(([offset, bytes, start, end], id) => ({
      buffer: { id: bufferId(id), name: `b${id}`, kind: 'activation', bytes, alignment: 4 },
      ...{ lifetime: { start, end }, offset, bank: 0 },
    })),
    banks: [],
  };
}

describe('idle bytes of the arena', () => {
  const plan = planOf(100, [
    [0, 18, 0, 3],
    [60, 10, 1, 2],
    [8, 80, 3, 4],
  ]);

  it('lie before, between or behind the live buffers, at a word', () => {
    expect(idleBytes(plan, 0)).toEqual({ offset: 20, bytes: 80, bank: 0 });
    expect(idleBytes(plan, 1)).toEqual({ offset: 20, bytes: 40, bank: 0 });
    expect(idleBytes(plan, 2)).toEqual({ offset: 20, bytes: 80, bank: 0 });
    expect(idleBytes(plan, 3)).toEqual({ offset: 88, bytes: 12, bank: 0 });
    expect(idleBytes(plan, 4)).toEqual({ offset: 0, bytes: 100, bank: 0 });
  });

  it('are none when the arena is full', () => {
    expect(idleBytes(planOf(10, [[0, 10, 0, 1]]), 0)).toEqual({ offset: 0, bytes: 0, bank: 0 });
  });
});
