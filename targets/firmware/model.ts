import type { CPackage } from '../harness/package.ts';

/** What a firmware has to know of a model, as `thimble.json` says it. */
export interface FirmwareModel extends CPackage {
  /** Element types in the order of the interface. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whether the first input comes row by row. */
  readonly isFed: boolean;
  readonly hasState: boolean;
  /** An upper bound of the stack of a run. */
  readonly stackBoundBytes: number;
}
