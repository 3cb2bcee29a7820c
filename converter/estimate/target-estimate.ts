import type { ClassCounts } from '../backends/c/counts/coefficients.ts';
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
  /** What most of the cycles are for: computing, or waiting for weights or activations. */
  readonly bound: keyof McuTerms;
  readonly terms: McuTerms;
}

/** The predicted time of one inference of a C package on a microcontroller. */
export interface TargetEstimate {
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
