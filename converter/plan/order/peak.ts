import { lifetimesOf } from '../lifetimes.ts';
import type { Program } from '../program.ts';
import { footprint } from './work.ts';

/** The largest sum of bytes alive at one step of the program: states and activations, each rounded up to `alignment`. */
export function peakBytesOf(program: Program, alignment: number): number {
  const lifetimes = lifetimesOf(program);
  const changes = new Map<number, number>();
  const change = (step: number, bytes: number) => changes.set(step, (changes.get(step) ?? 0) + bytes);
  for (const { id, bytes } of program.buffers) {
    const lifetime = lifetimes.get(id);
    if (lifetime === undefined) continue;
    change(lifetime.start, footprint(bytes, alignment));
    change(lifetime.end, -footprint(bytes, alignment));
  }
  let live = 0;
  let peak = 0;
  for (const [, bytes] of [...changes].sort(([a], [b]) => a - b)) {
    live += bytes;
    peak = Math.max(peak, live);
  }
  return peak;
}
