import type { Host } from '../options.ts';
import { ratio, type Summary, summarize } from '../statistics.ts';
import type { BundleSize } from './bytes.ts';
import type { ModelResult } from './hosts.ts';

/** One engine on one model in one JavaScript engine. */
export interface EngineFigure {
  /** In ms: information about this machine at this moment. */
  readonly latencyMs: Summary;
  /** Our median divided by this engine's: below 1 we are faster. Null for ourselves and where we did not run. */
  readonly oursToIt: number | null;
  /** The largest difference of the first output to ours; null where the engine runs another file. */
  readonly outputDifference: number | null;
}

/** All engines on one model, measured in turns in one process. */
export interface LatencyFigure {
  readonly host: Host;
  readonly hostVersion: string;
  readonly engines: Readonly<Record<string, EngineFigure>>;
  /** Engines that did not run, with the reason. */
  readonly failures: Readonly<Record<string, string>>;
}

export interface WasmFigure {
  readonly id: string;
  /** Null where there is no bundle. */
  readonly bundle: BundleSize | null;
  readonly bundleFailure: string | null;
  readonly latency: readonly LatencyFigure[];
}

/** Engines that run the very file that we convert. */
const sameFile: ReadonlySet<string> = new Set(['litertjs', 'tfjs-tflite', 'tfjs-wasm']);

/** Medians and ratios of one interleaved run. */
export function engineFigures({ samplesMs, outputs }: ModelResult): Readonly<Record<string, EngineFigure>> {
  const ours = samplesMs.thimble === undefined ? null : summarize(samplesMs.thimble);
  const entries = Object.entries(samplesMs).map(([name, samples]): [string, EngineFigure] => {
    const latencyMs = summarize(samples);
    const oursToIt = name === 'thimble' ? null : ratio(ours?.median, latencyMs.median);
    const outputDifference = sameFile.has(name) ? largestDifference(outputs.thimble, outputs[name]) : null;
    return [name, { latencyMs, oursToIt, outputDifference }];
  });
  return Object.fromEntries(entries);
}

/** Null where one is missing or the lengths differ. */
function largestDifference(a: readonly number[] | undefined, b: readonly number[] | undefined): number | null {
  if (a === undefined || b === undefined || a.length !== b.length) return null;
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? 0))), 0);
}
