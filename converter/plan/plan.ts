import { InternalError } from '../problem.ts';
import { type Lifetime, lifetimesOf } from './lifetimes.ts';
import { exactSolver } from './memory/exact.ts';
import { roundUp } from './memory/instance.ts';
import type { OffsetBuffer, OffsetSolution, OffsetSolver } from './memory/problem.ts';
import { quickHeight, type SeparationProblem, solveSeparations } from './memory/separation.ts';
import { validateSeparations } from './memory/separation-validate.ts';
import { placementFaults } from './memory/validate.ts';
import { type ArenaOperand, type Buffer, type BufferId, bufferId, type Program } from './program.ts';
import { separationProblem } from './separate.ts';

/** Where each buffer of a program lies: in one arena, or in the arena and further memories of the target. */
export interface MemoryPlan {
  /** Size of the arena: states, inputs, outputs, activations and scratch. */
  readonly arenaBytes: number;
  /** The first bytes of the arena: what must stay as it is from run to run. */
  readonly stateBytes: number;
  /** Alignment that the arena itself needs. */
  readonly arenaAlignment: number;
  /** The largest sum of bytes alive at one step: no plan of these steps can be smaller. */
  readonly lowerBoundBytes: number;
  readonly placements: readonly Placement[];
  /** The memories of the target that the buffers lie in, that of the arena first; empty for an arena that may lie anywhere. */
  readonly banks: readonly PlanBank[];
}

/** The part of a plan in one memory of the target. */
export interface PlanBank {
  /** `DTCM`. */
  readonly name: string;
  /** Bytes that the buffers take: of the first bank, the size of the arena. */
  readonly usedBytes: number;
  /** No placement of these buffers is smaller. */
  readonly lowerBoundBytes: number;
  /** Cycles of a read that no cache holds. */
  readonly accessCycles: number;
  /** Whether the general DMA controller reaches it. */
  readonly dma: boolean;
  /** Section of the linker script; null is where `.bss` goes. */
  readonly section: string | null;
}

export interface Placement {
  readonly buffer: Buffer;
  readonly lifetime: Lifetime;
  /** Bytes from the start of the arena, or of its bank. */
  readonly offset: number;
  /** Index of `MemoryPlan.banks`; 0 is the arena. */
  readonly bank: number;
}

/**
 * Plans the arena of `program` and has the plan checked by an independent validator. Buffers overlap where the kernels allow it;
 * where none does, `solve` places them as blocks.
 */
export function planMemory(program: Program, solve: OffsetSolver = exactSolver): MemoryPlan {
  const lifetimes = lifetimesOf(program);
  const used = program.buffers.filter((buffer) => lifetimes.has(buffer.id));
  const arenaAlignment = Math.max(1, ...used.map((buffer) => buffer.alignment));
  const states = stateOffsets(used.filter(({ kind }) => kind === 'state'));
  const stateBytes = roundUp(states.bytes, arenaAlignment);
  const moving = used.filter(({ kind }) => kind !== 'state');
  const problem = separationProblem(program, moving, lifetimes);
  const solution = isRectangular(program, problem)
    ? placeBlocks(program, moving, lifetimes, solve)
    : placeApart(program, problem);
  return {
    arenaBytes: stateBytes + solution.height,
    stateBytes,
    arenaAlignment,
    lowerBoundBytes: stateBytes + solution.lowerBound,
    placements: used.map((buffer) => ({
      buffer,
      lifetime: lifetimeOf(lifetimes, buffer.id),
      offset: states.offsets.get(buffer.id) ?? stateBytes + (solution.offsets.get(buffer.id) ?? 0),
      bank: 0,
    })),
    banks: [],
  };
}

/** A quick estimate of `planMemory(program).arenaBytes`, from above. */
export function quickArenaBytes(program: Program): number {
  const lifetimes = lifetimesOf(program);
  const used = program.buffers.filter((buffer) => lifetimes.has(buffer.id));
  const arenaAlignment = Math.max(1, ...used.map((buffer) => buffer.alignment));
  const states = stateOffsets(used.filter(({ kind }) => kind === 'state'));
  const moving = used.filter(({ kind }) => kind !== 'state');
  return roundUp(states.bytes, arenaAlignment) + quickHeight(separationProblem(program, moving, lifetimes)).height;
}

type Solution = Pick<OffsetSolution, 'offsets' | 'height' | 'lowerBound'>;

/** Whether buffers that are alive together never share bytes. */
function isRectangular({ streams }: Program, { buffers, conflicts }: SeparationProblem): boolean {
  const sizeAt = (index: number) => buffers[index]?.size;
  return (
    streams.length === 0 && conflicts.every(({ a, b, aBelow, bBelow }) => aBelow === sizeAt(a) && bBelow === sizeAt(b))
  );
}

function placeBlocks(
  { name }: Program,
  buffers: readonly Buffer[],
  lifetimes: ReadonlyMap<BufferId, Lifetime>,
  solve: OffsetSolver,
): Solution {
  const problem = buffers.map((buffer): OffsetBuffer => {
    const { start, end } = lifetimeOf(lifetimes, buffer.id);
    return { id: buffer.id, size: buffer.bytes, alignment: buffer.alignment, start, end };
  });
  const solution = solve(problem);
  const faults = placementFaults(problem, solution.offsets, solution.height);
  if (faults.length > 0) throw new InternalError(`memory plan of "${name}": ${faults.join('; ')}`);
  return solution;
}

function placeApart({ name }: Program, problem: SeparationProblem): Solution {
  const solution = solveSeparations(problem);
  const faults = validateSeparations(problem, solution.offsets, solution.height);
  if (faults.length > 0) throw new InternalError(`memory plan of "${name}": ${faults.join('; ')}`);
  return solution;
}

/** States side by side. They live all the time, so no order of them is better than another. */
function stateOffsets(states: readonly Buffer[]): {
  readonly offsets: ReadonlyMap<BufferId, number>;
  readonly bytes: number;
} {
  const offsets = new Map<BufferId, number>();
  let bytes = 0;
  for (const { id, bytes: size, alignment } of states) {
    bytes = roundUp(bytes, alignment);
    offsets.set(id, bytes);
    bytes += size;
  }
  return { offsets, bytes };
}

/** Offset of a tensor that lies in the arena, in bytes. */
export function operandOffset(plan: MemoryPlan, { buffer, offset }: ArenaOperand): number {
  return offsetOf(plan, buffer) + offset;
}

/** Offset of a buffer that lies in the arena, in bytes. */
export function offsetOf(plan: MemoryPlan, id: BufferId): number {
  const { bank, offset } = placementOf(plan, id);
  if (bank !== 0) throw new InternalError(`buffer ${id} is not in the arena`);
  return offset;
}

/** Where a buffer lies. */
export function placementOf(plan: MemoryPlan, id: BufferId): Placement {
  const placement = plan.placements.find((candidate) => candidate.buffer.id === id);
  if (placement === undefined) throw new InternalError(`buffer ${id} is not in the plan`);
  return placement;
}

/** The plan of one bank by itself: bank 0 is the arena. */
export function planOfBank(plan: MemoryPlan, bank: number): MemoryPlan {
  const { banks, placements } = plan;
  if (banks.length <= 1) return plan;
  return {
    ...plan,
    arenaBytes: banks[bank]?.usedBytes ?? 0,
    stateBytes: bank === 0 ? plan.stateBytes : 0,
    lowerBoundBytes: banks[bank]?.lowerBoundBytes ?? 0,
    placements: placements.filter((placement) => placement.bank === bank),
  };
}

function lifetimeOf(lifetimes: ReadonlyMap<BufferId, Lifetime>, id: number): Lifetime {
  const lifetime = lifetimes.get(bufferId(id));
  if (lifetime === undefined) throw new InternalError(`buffer ${id} has no lifetime`);
  return lifetime;
}
