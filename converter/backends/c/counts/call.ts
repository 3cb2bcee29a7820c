import type { CFunction, Statement } from './syntax.ts';
import type { Value } from './values.ts';

/** A function with what it is called with. */
export interface Call {
  /** Stands in front of the names of its statements. */
  readonly scope: string;
  readonly body: readonly Statement[];
  readonly parameters: CFunction['parameters'];
  readonly values: readonly Value[];
  /** See {@link CFunction}. */
  readonly isApart: boolean;
  /** Whether it computes with floating point. */
  readonly isReal: boolean;
}
