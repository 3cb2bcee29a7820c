import { roundUp } from './instance.ts';
import type { SeparationInstance } from './separation-instance.ts';

/** The least offset at `least` or above that suits a buffer by itself; infinite when it is fixed below. */
export function lowestOffset(instance: SeparationInstance, buffer: number, least: number): number {
  const { size, alignment, fixed, forbidden } = instance;
  const at = fixed[buffer] ?? -1;
  if (at >= 0) return least <= at ? at : Number.POSITIVE_INFINITY;
  const [bytes, unit] = [size[buffer] ?? 0, alignment[buffer] ?? 1];
  let offset = roundUp(least, unit);
  if (bytes === 0) return offset;
  for (const { from, to } of forbidden) if (offset < to && from < offset + bytes) offset = roundUp(to, unit);
  return offset;
}

/** The greatest offset at `most` or below that suits a buffer by itself; negative when there is none. */
export function highestOffset(instance: SeparationInstance, buffer: number, most: number): number {
  const { size, alignment, fixed, forbidden } = instance;
  const at = fixed[buffer] ?? -1;
  if (at >= 0) return most >= at ? at : -1;
  const [bytes, unit] = [size[buffer] ?? 0, alignment[buffer] ?? 1];
  let offset = Math.floor(most / unit) * unit;
  if (bytes === 0) return offset;
  for (let k = forbidden.length - 1; k >= 0; k--) {
    const { from, to } = forbidden[k] ?? { from: 0, to: 0 };
    if (offset < to && from < offset + bytes) offset = Math.floor((from - bytes) / unit) * unit;
  }
  return offset;
}
