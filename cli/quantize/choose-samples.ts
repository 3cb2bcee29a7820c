import type { Executor } from '../../converter/compress/executor.ts';
import type { Statistics } from '../../converter/compress/quantize/calibrate.ts';
import { calibratedGraph } from '../../converter/compress/quantize/prepare.ts';
import { activationsOf } from '../../converter/compress/quantize/samples/features.ts';
import { outlyingSamples } from '../../converter/compress/quantize/samples/outliers.ts';
import { selectSamples } from '../../converter/compress/quantize/samples/select.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { fail } from '../input/file.ts';
import { UsageError } from '../usage.ts';
import type { StatisticsCache } from './statistics-cache.ts';
import type { SurveyedSample } from './survey.ts';

/** The samples of the calibration. */
export interface ChosenSamples {
  readonly samples: readonly SurveyedSample[];
  /** Those that are left; empty where all serve for calibration. */
  readonly rest: readonly SurveyedSample[];
  /** Of all samples, where `--select` looked at them; null otherwise. */
  readonly all: Statistics | null;
}

/** How the samples of the calibration are chosen, as the command line says it. */
export interface SampleChoice {
  readonly calibrate?: number | undefined;
  readonly select?: string | undefined;
}

/** The samples of `--calibrate`, evenly spread, or of `--select`, as they stand for all. Throws ProblemError and UsageError. */
export function chooseSamples(
  graph: Graph,
  all: readonly SurveyedSample[],
  { calibrate, select }: SampleChoice,
  execute: Executor,
  cache: StatisticsCache,
  onDone: (done: number) => void,
): ChosenSamples {
  if (calibrate !== undefined && select !== undefined) {
    throw new UsageError('--calibrate and --select exclude each other', 'give one of them');
  }
  if (select !== undefined) {
    const count = selectedCount(select, all.length);
    const memo = cache.memoFor(all.map(({ digest }) => digest));
    const loads = all.map(({ load }) => load);
    const calibrated = calibratedGraph(graph);
    const activations = activationsOf(calibrated, loads, execute, memo, onDone);
    const outlying = new Set(outlyingSamples(calibrated, activations.statistics).map(({ sample }) => sample));
    return { ...split(all, selectSamples(activations, count, outlying)), all: activations.statistics };
  }
  return { ...splitEvenly(all, calibrate), all: null };
}

/** `calibrate` samples at even distances, and those that are left; all and none where no number is given. Throws ProblemError. */
function splitEvenly<T>(all: readonly T[], calibrate: number | undefined): SplitSamples<T> {
  if (calibrate === undefined) return { samples: all, rest: [] };
  if (!Number.isSafeInteger(calibrate) || calibrate < 1 || calibrate > all.length) {
    const what = `there are ${all.length} samples`;
    fail('calibrate-count', `--calibrate ${calibrate}`, what, `give 1 to ${all.length}`);
  }
  const even = Array.from({ length: calibrate }, (_, i) => Math.floor((i * all.length) / calibrate));
  return split(all, even);
}

/** Samples to calibrate with, and the others. */
interface SplitSamples<T> {
  readonly samples: readonly T[];
  readonly rest: readonly T[];
}

function split<T>(all: readonly T[], indices: readonly number[]): SplitSamples<T> {
  const chosen = new Set(indices);
  return { samples: all.filter((_, i) => chosen.has(i)), rest: all.filter((_, i) => !chosen.has(i)) };
}

/** `10` or `2%` of `total`. */
function selectedCount(text: string, total: number): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
  const number = Number(match?.[1]);
  const count = match?.[2] === '%' ? Math.max(1, Math.round((number / 100) * total)) : number;
  const isShare = match?.[2] === '%';
  if (Number.isSafeInteger(count) && count >= 1 && count <= total && !(isShare && number === 0)) return count;
  return fail(
    'select-count',
    `--select ${text}`,
    `there are ${total} samples`,
    `give 1 to ${total}, or a share such as 2%`,
  );
}
