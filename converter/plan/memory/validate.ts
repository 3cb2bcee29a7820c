import type { OffsetBuffer } from './problem.ts';

/**
 * Faults of a placement, as sentences; empty when it is sound. Compares every pair of buffers and shares no code with any
 * solver: it is the judge.
 */
export function placementFaults(
  buffers: readonly OffsetBuffer[],
  offsets: ReadonlyMap<number, number>,
  capacity: number,
  forbidden: readonly { readonly from: number; readonly to: number }[] = [],
): string[] {
  const faults: string[] = [];
  const placed: { readonly buffer: OffsetBuffer; readonly from: number; readonly to: number }[] = [];
  for (const buffer of buffers) {
    const from = offsets.get(buffer.id);
    if (from === undefined) {
      faults.push(`buffer ${buffer.id} has no offset`);
      continue;
    }
    const to = from + buffer.size;
    if (!Number.isInteger(from) || from < 0) faults.push(`buffer ${buffer.id} has offset ${from}`);
    if (from % buffer.alignment !== 0)
      faults.push(`buffer ${buffer.id} at ${from} is not aligned to ${buffer.alignment}`);
    if (buffer.fixed !== undefined && buffer.size > 0 && from !== buffer.fixed)
      faults.push(`buffer ${buffer.id} is at ${from} and not at ${buffer.fixed}`);
    for (const range of forbidden) {
      if (Math.max(from, range.from) < Math.min(to, range.to))
        faults.push(`buffer ${buffer.id} at ${from} meets the forbidden range from ${range.from} to ${range.to}`);
    }
    if (to > capacity) faults.push(`buffer ${buffer.id} ends at ${to}, beyond the capacity ${capacity}`);
    for (const other of placed) {
      const together = other.buffer.start < buffer.end && buffer.start < other.buffer.end;
      if (together && other.from < to && from < other.to) {
        faults.push(`buffers ${other.buffer.id} and ${buffer.id} overlap in time and place`);
      }
    }
    placed.push({ buffer, from, to });
  }
  return faults;
}
