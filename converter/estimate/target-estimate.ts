import type { ClassCounts } from '../backends/c/counts/coefficients.ts';
import type { Target } from '../plan/target.ts';
import type { LayerEstimate, TargetEstimate } from './estimated.ts';
import { estimateMcu } from './mcu.ts';
import { measuredEstimate } from './measured/estimate.ts';
import type { PackageWork } from './package-work.ts';
import { siliconOfTarget } from './silicon/of-target.ts';

/** Predicts a run on a target, by what was measured there if that is known; null where nothing is known of its core. */
export function estimateOnTarget(work: PackageWork, target: Target): TargetEstimate | null {
  const { measured } = target;
  if (measured?.processor === work.cpu) return measuredEstimate(work, target, measured);
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
