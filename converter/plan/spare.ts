import type { KernelNeeds } from './lower.ts';
import { quickArenaBytes } from './plan.ts';
import { type Buffer, bufferId, type Program, type Step, streamOf } from './program.ts';

/** Parts of what a kernel can use, the most first. */
const SHARES = [1, 1 / 2] as const;

/**
 * The program with temporary memory for the kernels that are quicker with it.
 *
 * @param mayGrow whether the arena may grow for it; else steps get what does not make it larger
 */
export function withSpare(program: Program, needs: KernelNeeds, mayGrow: boolean): Program {
  const bytes = quickArenaBytes(program);
  const wanting = program.steps.filter(
    (step) =>
      streamOf(program.streams, step.index) === undefined && step.spare === null && spareBytes(step, needs, 1) > 0,
  );
  if (wanting.length === 0) return program;
  const everywhere = wanting.reduce((all, step) => giveSpare(all, step, spareBytes(step, needs, 1)), program);
  if (mayGrow || quickArenaBytes(everywhere) <= bytes) return everywhere;
  return wanting.reduce((best, step) => {
    for (const share of SHARES) {
      const more = giveSpare(best, step, spareBytes(step, needs, share));
      if (quickArenaBytes(more) <= bytes) return more;
    }
    return best;
  }, program);
}

/** Bytes of temporary memory that make the kernel of a step quicker, see `KernelNeeds`. */
export function spareBytes({ op, inputs, outputs }: Step, needs: KernelNeeds, share: number): number {
  return needs.spareBytes(
    op,
    inputs.map(({ type }) => type),
    outputs.map(({ type }) => type),
    share,
  );
}

/** The program with temporary memory for one step. */
export function giveSpare(program: Program, { index, name }: Step, bytes: number): Program {
  const id = bufferId(program.buffers.length);
  const spare: Buffer = { id, name: `${name} spare`, kind: 'scratch', bytes, alignment: 4 };
  const steps = program.steps.map((step) => (step.index === index ? { ...step, spare: id } : step));
  return { ...program, buffers: [...program.buffers, spare], steps };
}
