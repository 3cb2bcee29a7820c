import { useOf } from '../backends/c/footprint.ts';
import { cpuOfTarget } from '../backends/c/narrow/cpu.ts';
import type { PackageEstimate } from '../backends/c/options.ts';
import type { CPackageModel } from '../backends/c/package.ts';
import { sramBytesOf, type Target } from '../plan/target.ts';
import { countedCpuOfTarget } from './counted-cpu.ts';
import { likelyRange } from './distribution.ts';
import { durationText, rangeText } from './duration.ts';
import type { LayerEstimate } from './estimated.ts';
import { type LayerWork, packageWork } from './package-work.ts';
import { type SourceKind, weakestOf } from './sourced.ts';
import { estimateOnTarget } from './target-estimate.ts';

/**
 * What a package tells of a run on the target that it is made for. `thimble estimate` reads the work of the layers back, for other targets
 * with code for the same processor. Null where nothing is known of the core.
 */
export function packageEstimate(
  model: CPackageModel,
  { target, source }: { readonly target: Target; readonly source: SourceKind },
): PackageEstimate | null {
  const cpu = countedCpuOfTarget(target);
  if (cpu === null) return null;
  const work = packageWork(model, cpu);
  const estimate = estimateOnTarget(work, target);
  if (estimate === null) return null;
  const { us, cycles, instructions, error } = estimate;
  const range = likelyRange({ us, relative: error.relative });
  const [core] = target.cores;
  const use = useOf(model);
  const own = cpuOfTarget(target);
  const flashBytes = use.codeBytesOn(own) + use.constantBytesOn(own);
  const layers = new Map(estimate.layers.map((layer) => [layer.index, layer]));
  const count = (value: number) => value.toLocaleString('en-US');
  const have = target.flash === null ? '' : ` of ${count(target.flash.bytes)}`;
  return {
    summary: `${durationText(us)}, ${rangeText(range)} with 90 % certainty`,
    sentence: `On ${target.name}, a ${core.name} at ${core.clockHz / 1e6} MHz, a run is predicted to take ${durationText(us)} (${rangeText(range)} with 90 % certainty): ${count(Math.round(cycles))} cycles. Code and tables take ${count(flashBytes)}${have} bytes of flash, the arena ${count(model.plan.arenaBytes)} of ${count(sramBytesOf(target))} bytes of SRAM.`,
    entry: {
      ...{ target: target.name, core: core.name, clockHz: core.clockHz, processor: cpu },
      us: rounded(us, 3),
      rangeUs: { low: rounded(range[0], 3), high: rounded(range[1], 3), certainty: 0.9 },
      cycles: Math.round(cycles),
      instructions: Math.round(instructions),
      error: { ...error, relative: rounded(error.relative, 4) },
      weakestSource: weakestOf([source, estimate.weakestSource]),
      flashBytes,
      between: mixEntry(work.between.classes),
      layers: work.layers.map((layer) => layerEntry(layer, layers.get(layer.index))),
    },
  };
}

function layerEntry(work: LayerWork, estimate: LayerEstimate | undefined) {
  const { index, macs, weightBytes, streamedBytes, activationBytes, instructions, classes } = work;
  return {
    index,
    cycles: Math.round(estimate?.cycles ?? 0),
    bound: estimate?.bound ?? 'compute',
    ...{ macs, weightBytes, streamedBytes, activationBytes },
    instructions: Math.round(instructions),
    classes: mixEntry(classes),
  };
}

/** Whole instructions by class, without those that there are none of. */
function mixEntry(classes: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  const whole = [...classes].map(([name, count]) => [name, Math.round(count)] as const);
  return Object.fromEntries(whole.filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
