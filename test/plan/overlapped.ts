import { roundUp } from '../../converter/plan/memory/instance.ts';
import type { MemoryPlan } from '../../converter/plan/plan.ts';
import type { ArenaOperand, BufferId, Program, Step } from '../../converter/plan/program.ts';

/** Where the inputs of a step begin behind its output, in bytes; null for those that lie apart. */
export type Distances = (step: Step) => readonly (number | null)[];

/**
 * A plan in which every step has memory of its own, so that steps cannot harm each other, and within a step the inputs lie at
 * `distances` behind the output, rounded up to the alignment. All buffers live all the time; `idleBytes` at the end hold nothing.
 */
export function overlappedPlan(program: Program, distances: Distances, idleBytes = 0): MemoryPlan {
  const offsets = new Map<BufferId, number>();
  const bytesOf = (id: BufferId) => program.buffers[id]?.bytes ?? 0;
  const alignment = Math.max(...program.buffers.map((buffer) => buffer.alignment));
  let end = 0;
  const place = (id: BufferId, from: number) => {
    const offset = roundUp(from, program.buffers[id]?.alignment ?? 1);
    offsets.set(id, offset);
    end = Math.max(end, offset + bytesOf(id));
  };
  for (const step of program.steps) {
    const [output] = step.outputs;
    const start = roundUp(end, alignment);
    if (output !== undefined) place(output.buffer, start);
    const wanted = distances(step);
    step.inputs.forEach((input, i) => {
      const distance = wanted[i] ?? null;
      if (input.kind === 'arena' && distance !== null) place(input.buffer, start + distance);
    });
    const apart = [...step.inputs.filter((input): input is ArenaOperand => input.kind === 'arena'), ...step.outputs];
    for (const id of [...apart.map(({ buffer }) => buffer), ...(step.scratch === null ? [] : [step.scratch])]) {
      if (!offsets.has(id)) place(id, end);
    }
  }
  const lifetime = { start: -1, end: program.steps.length + 1 };
  const placements = program.buffers.map((buffer) => ({
    buffer,
    lifetime,
    offset: offsets.get(buffer.id) ?? 0,
    bank: 0,
  }));
  const arenaBytes = roundUp(end, alignment) + idleBytes;
  return { arenaBytes, stateBytes: 0, arenaAlignment: alignment, lowerBoundBytes: 0, placements, banks: [] };
}
