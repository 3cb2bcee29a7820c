/**
 * How long a run of a WASM bundle takes on a phone, in one thread of its big core, as a bundle tells it. It is no part of what a model computes:
 * it stands in what is written of it.
 */
export interface WebEstimateEntry {
  readonly target: string;
  readonly variant: string;
  readonly core: string;
  /** Milliseconds that half of the runs keep to, and 95 of 100. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** The weakest source of a number that matters: `datasheet`, `measured`, `fitted` or `assumed`. */
  readonly weakestSource: string;
}
