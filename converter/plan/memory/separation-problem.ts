/** A buffer that is placed by distances. */
export interface SeparatedBuffer {
  readonly id: number;
  /** Bytes. */
  readonly size: number;
  /** The offset is a multiple of this. */
  readonly alignment: number;
  /** Offset that it must have. */
  readonly fixed?: number;
}

/**
 * Two buffers (indices, `a` < `b`) that may not lie anywhere: either `offset(b) - offset(a) >= aBelow`, or
 * `offset(a) - offset(b) >= bBelow`. Without overlap the distances are the sizes; 0 lets the upper one lie exactly in place
 * or anywhere above. Said otherwise: `offset(b) - offset(a)` is not in the open interval from `-bBelow` to `aBelow`.
 */
export interface SeparatedPair {
  readonly a: number;
  readonly b: number;
  readonly aBelow: number;
  readonly bBelow: number;
}

/** Addresses from `from` up to, not including, `to`. */
export interface AddressRange {
  readonly from: number;
  readonly to: number;
}

/** Buffers of one memory, and for the pairs that are alive together the least distances between their starts. */
export interface SeparationProblem {
  readonly buffers: readonly SeparatedBuffer[];
  /** Each pair once. Pairs that are not listed are free: they may share addresses. */
  readonly conflicts: readonly SeparatedPair[];
  /** Where no byte of any buffer may lie. */
  readonly forbidden: readonly AddressRange[];
  /** Sets of buffers alive together (indices), for the lower bound. */
  readonly moments: readonly (readonly number[])[];
}

export interface SeparationSolution {
  /** Offset of each buffer in bytes, by id. */
  readonly offsets: ReadonlyMap<number, number>;
  /** Largest end of any buffer, in bytes. */
  readonly height: number;
  /** No placement is lower than this. */
  readonly lowerBound: number;
  /** Whether `height` is proved to be the least possible. */
  readonly isOptimal: boolean;
  /** Nodes of the exact search; 0 when the greedy placement met the bound. */
  readonly nodes: number;
}
