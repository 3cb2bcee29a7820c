import type { KernelNeeds } from '../lower.ts';
import { type Buffer, type BufferId, bufferId, type Operand, type Program } from '../program.ts';
import { hasRowForm, withStreams } from './stream.ts';

/** Parts of what makes its kernels faster that the memory of a stream has: all first. */
const SHARES = [1, 1 / 2, 1 / 4] as const;

/** A program whose input comes row by row, and the same stream with less memory for its kernels. */
export interface FedProgram {
  readonly program: Program;
  readonly smaller: () => readonly Program[];
}

/**
 * The program with each stream that an input can come into row by row: the streams from step 0 on outside which nothing reads it.
 * The longest has `mostSteps` steps, or as many as read the input.
 */
export function fedPrograms(program: Program, input: BufferId, needs: KernelNeeds, mostSteps: number): FedProgram[] {
  const operand = program.inputs.find((port) => port.operand.buffer === input)?.operand;
  const least = lastUse(program, input) + 1;
  if (operand === undefined || least === 0) return [];
  const buffers = [...program.buffers, markBuffer(program)];
  const marked: Program = { ...program, buffers, fed: { ...operand, mark: bufferId(program.buffers.length) } };
  const found: FedProgram[] = [];
  for (const [index, step] of program.steps.entries()) {
    if (!hasRowForm(step) || index >= Math.max(least, mostSteps)) break;
    if (index + 1 < least) continue;
    const range = { first: 0, end: index + 1 };
    const [full, ...less] = SHARES.map((spareShare) => {
      return () => withStreams(marked, [range], needs, { fedInput: input, spareShare });
    });
    const streamed = full?.() ?? null;
    if (streamed !== null) found.push({ program: streamed, smaller: () => less.flatMap((make) => make() ?? []) });
  }
  return found;
}

/** The last step that reads a buffer; -1 where none does, or it is written, or what is in it is wanted in the end. */
export function lastUse({ steps, outputs, states }: Program, buffer: BufferId): number {
  const isIt = (operand: Operand) => operand.kind === 'arena' && operand.buffer === buffer;
  if ([...outputs, ...states].some(({ operand }) => isIt(operand))) return -1;
  if (steps.some((step) => step.outputs.some(isIt))) return -1;
  return steps.findLastIndex((step) => step.inputs.some(isIt));
}

function markBuffer({ buffers }: Program): Buffer {
  return { id: bufferId(buffers.length), name: 'rows wanted', kind: 'scratch', bytes: 4, alignment: 4 };
}
