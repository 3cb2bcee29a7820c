import { InternalError } from '../problem.ts';
import { type Lifetime, lifetimesOf } from './lifetimes.ts';
import { exactSolver } from './memory/exact.ts';
import type { OffsetBuffer, OffsetSolver } from './memory/problem.ts';
import { placementFaults } from './memory/validate.ts';
import { type Buffer, type BufferId, bufferId, type Program } from './program.ts';

/** Where each buffer of a program lies in its one arena. */
export interface MemoryPlan {
  /** Size of the arena: inputs, outputs, activations and scratch. */
  readonly arenaBytes: number;
  /** Alignment that the arena itself needs. */
  readonly arenaAlignment: number;
  /** The largest sum of bytes alive at one step: no plan of these steps can be smaller. */
  readonly lowerBoundBytes: number;
  readonly placements: readonly Placement[];
}

export interface Placement {
  readonly buffer: Buffer;
  readonly lifetime: Lifetime;
  /** Bytes from the start of the arena. */
  readonly offset: number;
}

/** Plans the arena of `program` and has the plan checked by the independent validator. */
export function planMemory(program: Program, solve: OffsetSolver = exactSolver): MemoryPlan {
  const lifetimes = lifetimesOf(program);
  const used = program.buffers.filter((buffer) => lifetimes.has(buffer.id));
  const problem: OffsetBuffer[] = used.map((buffer) => {
    const { start, end } = lifetimeOf(lifetimes, buffer.id);
    return { id: buffer.id, size: buffer.bytes, alignment: buffer.alignment, start, end };
  });
  const solution = solve(problem);
  const faults = placementFaults(problem, solution.offsets, solution.height);
  if (faults.length > 0) throw new InternalError(`memory plan of "${program.name}": ${faults.join('; ')}`);
  return {
    arenaBytes: solution.height,
    arenaAlignment: Math.max(1, ...used.map((buffer) => buffer.alignment)),
    lowerBoundBytes: solution.lowerBound,
    placements: used.map((buffer) => ({
      buffer,
      lifetime: lifetimeOf(lifetimes, buffer.id),
      offset: solution.offsets.get(buffer.id) ?? 0,
    })),
  };
}

/** Offset of a buffer in the arena, in bytes. */
export function offsetOf(plan: MemoryPlan, id: BufferId): number {
  const placement = plan.placements.find((candidate) => candidate.buffer.id === id);
  if (placement === undefined) throw new InternalError(`buffer ${id} is not in the plan`);
  return placement.offset;
}

function lifetimeOf(lifetimes: ReadonlyMap<BufferId, Lifetime>, id: number): Lifetime {
  const lifetime = lifetimes.get(bufferId(id));
  if (lifetime === undefined) throw new InternalError(`buffer ${id} has no lifetime`);
  return lifetime;
}
