import type { MemoryPlan, Placement } from '../../../converter/plan/plan.ts';
import { bufferId } from '../../../converter/plan/program.ts';
import type { PlanPicture } from '../../../converter/plan/render/picture.ts';

/** A buffer as [name, kind, offset, bytes, first step, step after the last]. */
export type Row = readonly [string, Placement['buffer']['kind'], number, number, number, number];

/** A picture of buffers placed by hand; its steps are `OP #0 "s0"`, `OP #1 "s1"` and so on. */
export function pictureOfRows(
  rows: readonly Row[],
  stepCount: number,
  streams: PlanPicture['streams'] = [],
): PlanPicture {
  const placements = rows.map(([name, kind, offset, bytes, start, end], id): Placement => {
    return { buffer: { id: bufferId(id), name, kind, bytes, alignment: 1 }, lifetime: { start, end }, offset, bank: 0 };
  });
  const arenaBytes = Math.max(0, ...rows.map(([, , offset, bytes]) => offset + bytes));
  const stateBytes = Math.max(0, ...rows.map(([, kind, at, bytes]) => (kind === 'state' ? at + bytes : 0)));
  const plan: MemoryPlan = {
    arenaBytes,
    stateBytes,
    arenaAlignment: 1,
    lowerBoundBytes: arenaBytes,
    placements,
    banks: [],
  };
  const steps = Array.from({ length: stepCount }, (_, i) => `OP #${i} "s${i}"`);
  return { plan, steps, streams, tensors: new Map() };
}

/** Three steps with a state, scratch, a hole, and an output that overlaps its input by 100 bytes at step 2. */
export const smallRows: readonly Row[] = [
  ['memory', 'state', 0, 200, -1, 4],
  ['image', 'activation', 200, 300, -1, 1],
  ['block/conv', 'activation', 600, 400, 0, 3],
  ['OP #1 scratch', 'scratch', 200, 100, 1, 2],
  ['result', 'activation', 400, 300, 2, 4],
];
