/** Bytes of the input that a kernel reads, or of the output that it writes, at one moment. */
export interface Access {
  readonly kind: 'read' | 'write';
  readonly from: number;
  readonly count: number;
}

export const read = (from: number, count = 1): Access => ({ kind: 'read', from, count });
export const write = (from: number, count = 1): Access => ({ kind: 'write', from, count });

/** Whether a kernel that does all this reads a byte of the input after it overwrote it, the input lying `distance` behind. */
export function isHarmed(accesses: readonly Access[], distance: number): boolean {
  const overwritten = new Set<number>();
  for (const { kind, from, count } of accesses) {
    for (let byte = from; byte < from + count; byte++) {
      if (kind === 'write') overwritten.add(byte);
      else if (overwritten.has(byte + distance)) return true;
    }
  }
  return false;
}

/** The least distance from which on no trace is harmed, by trying all of them; `limit` is the size of the output. */
export function leastByTrial(traces: readonly (readonly Access[])[], limit: number): number {
  for (let distance = limit; distance > 0; distance--) {
    if (traces.some((trace) => isHarmed(trace, distance - 1))) return distance;
  }
  return 0;
}
