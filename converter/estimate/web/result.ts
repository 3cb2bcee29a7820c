import type { WasmInstructions } from '../../backends/wasm/counts/instructions.ts';
import { instructionClasses, noInstructions } from '../../backends/wasm/counts/instructions.ts';
import type { Variant } from '../../backends/wasm/variant.ts';
import { fitPrices, type TimedLayer } from './fit.ts';
import type { WebLayer } from './layers.ts';
import type { WebPrices, WebQuantity } from './profile.ts';

/** One timed code, as `cli/profile/device/measure.js` hands it back. */
export interface TimedCode {
  readonly kind: WebLayer['kind'];
  readonly arithmetic: WebLayer['arithmetic'];
  readonly serves: readonly Variant[];
  /** In the order of `instructionClasses`. */
  readonly counts: readonly number[];
  readonly macs: number;
  readonly constantBytes: number;
  readonly activationBytes: number;
  /** Median, and the tenth parts at both ends, of the samples that nothing disturbed. */
  readonly ns: number;
  readonly low: number;
  readonly high: number;
  readonly kept: number;
  readonly samples: number;
}

/** What a device measured with several threads: the time of one run of the same layers. */
export interface TimedThreads {
  readonly count: number;
  readonly ns: number;
}

/** What a device measured. */
export interface WebResult {
  readonly rounds: number;
  readonly entryNs: number;
  readonly layers: readonly TimedCode[];
  readonly threads: readonly TimedThreads[];
}

/** How good a measurement is, and how good the fit. */
export interface WebQuality {
  readonly layers: number;
  readonly rounds: number;
  /** The part of all samples that something disturbed. */
  readonly disturbed: number;
  /** The middle of how far the tenth parts at both ends of a layer's samples are apart, as a part of its time. */
  readonly spread: number;
  /** Errors that half and 95 % of layers stay below when they are left out of the fit of their kind: the middle over kinds. */
  readonly error: number;
}

/** The fitted part of a profile. */
export interface FittedWeb {
  readonly prices: readonly WebPrices[];
  readonly entry: WebQuantity;
  readonly threadEfficiency: WebQuantity;
  readonly threadWait: WebQuantity;
  readonly slowRuns: WebQuantity;
  readonly quality: WebQuality;
}

/** Fits the prices of a device to what it measured. `ref` says where and when that was. */
export function fitResult(result: WebResult, ref: string): FittedWeb {
  const { layers, entryNs } = result;
  const timed = layers.flatMap(({ serves, ns, ...code }): TimedLayer[] =>
    serves.map((variant) => ({ layer: layerOf(code), variant, ns: Math.max(ns - entryNs, ns / 4) })),
  );
  const prices = fitPrices(timed, ref);
  const measured = (value: number, unit: WebQuantity['unit']): WebQuantity => {
    return { value: Number(value.toPrecision(4)), unit, source: 'measured', ref };
  };
  const slow = middle(layers.map(({ ns, high }) => high / ns));
  return {
    prices,
    entry: measured(entryNs, 'ns'),
    ...threadsOf(result.threads, measured),
    slowRuns: measured(Math.max(1, slow), 'ratio'),
    quality: qualityOf(result, prices),
  };
}

type LayerCode = Omit<TimedCode, 'serves' | 'ns'>;

function layerOf({ kind, arithmetic, counts, macs, constantBytes, activationBytes }: LayerCode): WebLayer {
  const entries = instructionClasses.map((name, i) => [name, counts[i] ?? 0] as const);
  const instructions: WasmInstructions = { ...noInstructions, ...Object.fromEntries(entries) };
  return {
    name: kind,
    kind,
    arithmetic,
    macs,
    constantBytes,
    activationBytes,
    counts: instructions,
    isDivisible: false,
  };
}

/** What a further thread adds; what other devices are assumed to do where none could be started. */
function threadsOf(
  threads: readonly TimedThreads[],
  measured: (value: number, unit: WebQuantity['unit']) => WebQuantity,
): Pick<FittedWeb, 'threadEfficiency' | 'threadWait'> {
  const alone = threads.find(({ count }) => count === 1);
  const [two] = threads.filter(({ count }) => count > 1);
  const threadWait: WebQuantity = { value: 2000, unit: 'ns', source: 'assumed', ref: 'waking a thread that spins' };
  if (alone === undefined || two === undefined) {
    const ref = 'TF.js blog, 2020-09: threads give 1.8x to 2.9x; none could be started where the profile was measured';
    return { threadEfficiency: { value: 0.75, unit: 'ratio', source: 'assumed', ref }, threadWait };
  }
  const gained = (alone.ns / two.ns - 1) / (two.count - 1);
  return { threadEfficiency: measured(Math.min(1, Math.max(0, gained)), 'ratio'), threadWait };
}

function qualityOf({ rounds, layers }: WebResult, prices: readonly WebPrices[]): WebQuality {
  const samples = layers.reduce((sum, one) => sum + one.samples, 0);
  const kept = layers.reduce((sum, one) => sum + one.kept, 0);
  return {
    layers: layers.length,
    rounds,
    disturbed: samples === 0 ? 0 : 1 - kept / samples,
    spread: middle(layers.map(({ ns, low, high }) => (high - low) / ns)),
    error: middle(prices.filter(({ kind }) => kind !== 'any').map(({ error }) => error.value)),
  };
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
