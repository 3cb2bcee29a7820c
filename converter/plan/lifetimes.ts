import { type BufferId, type Program, type Stream, workOf } from './program.ts';

/** Steps during which a buffer holds something: half-open, `start <= step < end`. Step -1 is before the first. */
export interface Lifetime {
  readonly start: number;
  readonly end: number;
}

/**
 * The lifetime of every buffer. Inputs live from -1, outputs until after the last step, states all the time. An input that comes row
 * by row has none.
 */
export function lifetimesOf(program: Program): ReadonlyMap<BufferId, Lifetime> {
  const lifetimes = new Map<BufferId, Lifetime>();
  const touch = (buffer: BufferId, step: number) => {
    const known = lifetimes.get(buffer);
    const start = Math.min(known?.start ?? step, step);
    const end = Math.max(known?.end ?? step + 1, step + 1);
    lifetimes.set(buffer, { start, end });
  };
  for (const port of [...program.inputs, ...program.states]) touch(port.operand.buffer, -1);
  for (const work of workOf(program)) {
    if (work.kind === 'stream') {
      for (const buffer of buffersOf(work.stream)) {
        touch(buffer, work.stream.first);
        touch(buffer, work.stream.end - 1);
      }
      continue;
    }
    const { step } = work;
    for (const operand of [...step.inputs, ...step.outputs]) {
      if (operand.kind === 'arena') touch(operand.buffer, step.index);
    }
    if (step.scratch !== null) touch(step.scratch, step.index);
    if (step.spare !== null) touch(step.spare, step.index);
  }
  for (const port of [...program.outputs, ...program.states]) touch(port.operand.buffer, program.steps.length);
  if (program.fed !== null) {
    lifetimes.delete(program.fed.buffer);
    touch(program.fed.mark, -1);
    touch(program.fed.mark, program.steps.length);
  }
  return lifetimes;
}

/** Of each step, from -1 to the one behind the last, the buffers alive at it. */
export function aliveBySteps(
  lifetimes: ReadonlyMap<BufferId, Lifetime>,
  stepCount: number,
): readonly (readonly BufferId[])[] {
  const alive: BufferId[][] = Array.from({ length: stepCount + 2 }, () => []);
  for (const [buffer, { start, end }] of lifetimes) {
    for (let step = start; step < end; step++) alive[step + 1]?.push(buffer);
  }
  return alive;
}

/** Everything that a stream uses, from its first step to its last. */
export function buffersOf({ stores, actions, scratch, progress }: Stream): BufferId[] {
  const sums = actions.flatMap((action) => (action.kind === 'total' ? [action.sums] : []));
  return [...stores.map(({ buffer }) => buffer), ...sums, progress, ...(scratch === null ? [] : [scratch])];
}
