/** One buffer of the bare offset problem (dynamic storage allocation). */
export interface OffsetBuffer {
  readonly id: number;
  /** Bytes. */
  readonly size: number;
  /** The offset is a multiple of this. */
  readonly alignment: number;
  /** Half-open lifetime: two buffers are alive together when `a.start < b.end && b.start < a.end`. */
  readonly start: number;
  readonly end: number;
  /** Offset that it must have; any when absent. Only one of at least one byte is held to it. */
  readonly fixed?: number;
}

export interface OffsetSolution {
  /** Offset of each buffer in bytes, by id. */
  readonly offsets: ReadonlyMap<number, number>;
  /** Largest end of any buffer, in bytes. */
  readonly height: number;
  /** No solution is lower than this. */
  readonly lowerBound: number;
  /** Whether `height` is proved to be the least possible. */
  readonly optimal: boolean;
}

/** A solver of the offset problem. Deterministic: the same buffers give the same offsets. */
export type OffsetSolver = (buffers: readonly OffsetBuffer[]) => OffsetSolution;

/** The largest sum of sizes alive at one moment: a bound that no placement can beat. */
export function liveSumBound(buffers: readonly OffsetBuffer[]): number {
  let bound = 0;
  for (const { start } of buffers) {
    let live = 0;
    for (const other of buffers) if (other.start <= start && start < other.end) live += other.size;
    bound = Math.max(bound, live);
  }
  return bound;
}
