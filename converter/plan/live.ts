import { lifetimesOf } from './lifetimes.ts';
import { type Buffer, type Program, streamOf } from './program.ts';
import { overlapsOf } from './separate.ts';

/** `bytes` as they count in the arena: rounded up to `unit`, a power of two. */
export const footprint = (bytes: number, unit: number): number => Math.ceil(bytes / unit) * unit;

/** What two buffers that overlap have to do with each other. */
export interface SharedPlace {
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** How far behind the beginning of the output the input must begin at least; -Infinity where any place will do. */
  readonly distance: number;
  /** The difference of their offsets is a multiple of it. */
  readonly unit: number;
}

/** Bytes that an input and an output need less where they overlap as far as they may, than where they are disjoint. */
export function sharedBytes({ inputBytes, outputBytes, distance, unit }: SharedPlace): number {
  const [input, output] = [footprint(inputBytes, unit), footprint(outputBytes, unit)];
  return Math.max(0, Math.min(input, output - footprint(Math.max(0, distance), unit)));
}

/**
 * Bytes of the buffers alive at each step, each rounded up to its alignment; an output that may overlap an input counts as far as it
 * reaches beyond it. Of several such inputs only that counts which saves most. In a stream all that it uses counts all the time.
 */
export function liveBytes(program: Program): number[] {
  return [...bytesAtMoments(program).slice(1, -1)];
}

/** The most bytes alive at a time: before, during and after the steps. */
export function peakBytesOf(program: Program): number {
  return bytesAtMoments(program).reduce((most, bytes) => Math.max(most, bytes), 0);
}

/** Bytes alive before the first step, at each step and after the last one. */
function bytesAtMoments(program: Program): Float64Array {
  const { buffers, steps } = program;
  const lifetimes = lifetimesOf(program);
  const live = new Float64Array(steps.length + 3);
  for (const { id, bytes, alignment } of buffers) {
    const lifetime = lifetimes.get(id);
    if (lifetime === undefined) continue;
    live[lifetime.start + 1] = (live[lifetime.start + 1] ?? 0) + footprint(bytes, alignment);
    live[lifetime.end + 1] = (live[lifetime.end + 1] ?? 0) - footprint(bytes, alignment);
  }
  live.forEach((change, i) => {
    live[i] = change + (live[i - 1] ?? 0);
  });
  const saved = new Map<number, number>();
  for (const { input, output, bytes } of overlapsOf(program, lifetimes)) {
    const step = lifetimes.get(output)?.start ?? 0;
    const shared = sharedIn(buffers[input], buffers[output], bytes);
    saved.set(step, Math.max(saved.get(step) ?? 0, shared));
  }
  for (const [step, bytes] of saved)
    if (streamOf(program.streams, step) === undefined) live[step + 1] = (live[step + 1] ?? 0) - bytes;
  return live.slice(0, -1);
}

function sharedIn(input: Buffer | undefined, output: Buffer | undefined, distance: number): number {
  if (input === undefined || output === undefined) return 0;
  const unit = Math.min(input.alignment, output.alignment);
  return sharedBytes({ inputBytes: input.bytes, outputBytes: output.bytes, distance, unit });
}
