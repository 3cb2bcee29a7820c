import type { ClassCounts } from '../backends/c/counts/coefficients.ts';
import type { Variant } from '../backends/wasm/variant.ts';
import type { Target } from '../plan/target.ts';
import { estimateMcu, type McuTerms } from './mcu.ts';
import type { LayerWork, PackageWork } from './package-work.ts';
import { siliconOfTarget } from './silicon/of-target.ts';
import type { SourceKind } from './sourced.ts';

/** One layer on a target. */
export interface LayerEstimate
  extends Pick<LayerWork, 'index' | 'name' | 'operator' | 'macs' | 'weightBytes' | 'activationBytes'> {
  readonly instructions: number;
  readonly cycles: number;
  /** What most of the cycles are for: computing, waiting for weights in flash or activations in RAM; of WASM for memory, or calls. */
  readonly bound: keyof McuTerms | 'memory' | 'call';
  /** Null for WASM. */
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

/** Predicts a run on a target; null where nothing is known of its core. */
export function estimateOnTarget(work: PackageWork, target: Target): TargetEstimate | null {
  const silicon = siliconOfTarget(target);
  if (silicon === undefined) return null;
  const between = { mix: asMix(work.between.classes), streamedBytes: 0, weightBytes: 0 };
  const asked = work.layers.map(({ classes, streamedBytes, weightBytes }) => {
    return { mix: asMix(classes), streamedBytes, weightBytes };
  });
  const estimate = estimateMcu(silicon, [...asked, between]);
  const layers = work.layers.flatMap((layer, i): LayerEstimate[] => {
    const own = estimate.layers[i];
    if (own === undefined) return [];
    const { index, name, operator, macs, weightBytes, activationBytes, instructions } = layer;
    const { cycles, bound, terms } = own;
    return [{ index, name, operator, macs, weightBytes, activationBytes, instructions, cycles, bound, terms }];
  });
  return {
    form: { kind: 'c' },
    ref: null,
    layers,
    betweenCycles: estimate.layers.at(-1)?.cycles ?? 0,
    cycles: estimate.cycles,
    instructions: work.instructions,
    us: estimate.milliseconds * 1000,
    error: estimate.error,
    weakestSource: estimate.weakestSource,
  };
}

/** Classes without instructions are left out; rounding of fits may leave less than none. */
function asMix(classes: ClassCounts): ClassCounts {
  return new Map([...classes].filter(([, count]) => count > 0));
}
