import { mixClasses } from './instructions/mix.ts';
import { type ClassMix, type MixPart, mixCycles } from './silicon/class-model.ts';
import { type CoreName, classModels } from './silicon/class-models.ts';
import { errorOf } from './silicon/error.ts';
import { codeCycles, type FlashTiming, flashCycles } from './silicon/flash.ts';
import { type RamTiming, ramCycles } from './silicon/ram.ts';
import type { EstimateError } from './silicon/residuals.ts';
import { type SourceKind, weakestOf } from './sourced.ts';

/** What a layer asks of a microcontroller. */
export interface McuLayer {
  /** Executed instructions by class, code and data in memories that answer at once. */
  readonly mix: ClassMix;
  /** Bytes of weights read from flash, each time that they are read. */
  readonly streamedBytes: number;
  /** Bytes of weights, once. */
  readonly weightBytes: number;
  /** Accesses to activations; by default the loads and stores of the mix but for the words of weights. */
  readonly arenaAccesses?: number;
}

/** Where layers run. */
export interface McuSilicon {
  readonly core: CoreName;
  readonly clockMHz: number;
  readonly flash: FlashTiming;
  readonly ram: RamTiming;
}

/** What the cycles of a layer are spent on. */
export interface McuTerms {
  readonly compute: number;
  /** Waiting for weights from flash, and for code where no cache is before it. */
  readonly flash: number;
  /** Waiting for activations. */
  readonly ram: number;
}

export interface McuLayerEstimate {
  readonly cycles: number;
  /** The largest of the terms. */
  readonly bound: keyof McuTerms;
  readonly terms: McuTerms;
  /** What `terms.compute` is spent on. */
  readonly breakdown: Readonly<Record<MixPart, number>>;
}

/** The predicted time of one inference. */
export interface McuEstimate {
  /** In the order given. */
  readonly layers: readonly McuLayerEstimate[];
  readonly cycles: number;
  readonly milliseconds: number;
  readonly error: EstimateError;
  /** The weakest source of what went in, where it is more than a hundredth of the cycles; that of the clock is not known here. */
  readonly weakestSource: SourceKind;
}

/** Predicts the cycles of layers that run one after the other on the first core of a microcontroller. */
export function estimateMcu(silicon: McuSilicon, layers: readonly McuLayer[]): McuEstimate {
  const estimated = layers.map((layer) => layerEstimate(silicon, layer));
  const cycles = estimated.reduce((sum, { estimate }) => sum + estimate.cycles, 0);
  const sources = estimated.flatMap(({ sources }) => sources).filter(({ cycles: part }) => part > cycles * NEGLIGIBLE);
  return {
    layers: estimated.map(({ estimate }) => estimate),
    cycles,
    milliseconds: cycles / (silicon.clockMHz * 1000),
    error: errorOf(silicon.core),
    weakestSource: weakestOf(sources.map(({ source }) => source)),
  };
}

/** What takes less of the cycles does not decide the weakest source. */
const NEGLIGIBLE = 0.01;

function layerEstimate({ core, clockMHz, flash, ram }: McuSilicon, layer: McuLayer) {
  const mix = mixCycles(classModels[core], layer.mix);
  const weights = flashCycles(core, clockMHz, flash, layer);
  const code = codeCycles(clockMHz, flash, layer.mix.get('branch-taken') ?? 0);
  const fromRam = ramCycles(core, ram, layer.arenaAccesses ?? arenaAccesses(layer));
  const terms = { compute: mix.cycles, flash: weights.cycles + code.cycles, ram: fromRam.cycles };
  const cycles = terms.compute + terms.flash + terms.ram;
  const bound = (['flash', 'ram'] as const).reduce<keyof McuTerms>(
    (largest, name) => (terms[name] > terms[largest] ? name : largest),
    'compute',
  );
  return {
    estimate: { cycles, bound, terms, breakdown: mix.breakdown },
    sources: [{ source: mix.weakestSource, cycles: mix.cycles }, weights, code, fromRam],
  };
}

const ACCESSES = mixClasses.filter((name) => /load|store/.test(name));

function arenaAccesses({ mix, streamedBytes }: McuLayer): number {
  const all = ACCESSES.reduce((sum, name) => sum + (mix.get(name) ?? 0), 0);
  return Math.max(0, all - streamedBytes / 4);
}
