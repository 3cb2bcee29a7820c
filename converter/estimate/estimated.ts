import type { Variant } from '../backends/wasm/variant.ts';
import type { McuTerms } from './mcu.ts';
import type { LayerWork } from './package-work.ts';
import type { SourceKind } from './sourced.ts';

/** One layer on a target. */
export interface LayerEstimate
  extends Pick<LayerWork, 'index' | 'name' | 'operator' | 'macs' | 'weightBytes' | 'activationBytes'> {
  readonly instructions: number;
  readonly cycles: number;
  /** What most of the cycles are for: computing, waiting for weights in flash or activations in RAM; of WASM for memory, or calls. */
  readonly bound: keyof McuTerms | 'memory' | 'call';
  /** Null for WASM, and where layers were measured as a whole. */
  readonly terms: McuTerms | null;
}

/** What is estimated: a C package, or a variant of a WASM bundle. */
export type EstimatedForm = { readonly kind: 'c' } | { readonly kind: 'wasm'; readonly variant: Variant };

/** The predicted time of one inference on a target. */
export interface TargetEstimate {
  readonly form: EstimatedForm;
  readonly layers: readonly LayerEstimate[];
  /** What is between the layers. */
  readonly betweenCycles: number;
  readonly cycles: number;
  readonly instructions: number;
  readonly us: number;
  /** Root of the mean square error of such predictions, of 1, and what it was computed from. */
  readonly error: { readonly relative: number; readonly source: string; readonly n: number };
  /** The weakest source of a number that matters. */
  readonly weakestSource: SourceKind;
  /** Where the weakest number stands, where that is known. */
  readonly ref: string | null;
}
