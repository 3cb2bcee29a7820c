import type { Graph } from '../../../ir/graph.ts';
import type { Executor } from '../../executor.ts';
import type { Sample } from '../calibrate.ts';
import { bootstrapMean, type Interval } from './bootstrap.ts';
import { realValues } from './real-values.ts';
import { storedInputs } from './tensor-errors.ts';

/** A sample to judge by, with its class where that is known. */
export interface JudgedSample {
  readonly name: string;
  readonly label: number | null;
  readonly load: Sample;
}

/** A sample whose largest output moved. */
export interface Flip {
  readonly name: string;
  readonly label: number | null;
  readonly real: number;
  readonly stored: number;
}

/** What quantization does to the first output of the model, as the user meets it. */
export interface OutputReport {
  readonly samples: number;
  /** Share of samples whose largest output stays the same. */
  readonly agreement: Interval;
  /** Mean cosine of the angle between the outputs. */
  readonly cosine: number;
  /** Mean Kullback-Leibler divergence, in nats, where both outputs are distributions; null where they are not. */
  readonly divergence: number | null;
  /** Null where not every sample has a class. */
  readonly accuracy: { readonly real: Interval; readonly stored: Interval; readonly difference: Interval } | null;
  readonly flips: readonly Flip[];
}

/** Gives the first output of the float model for sample `index`. */
export type RealOutputs = (index: number, sample: Sample) => Float64Array;

/** Outputs that are kept at most, in numbers: 128 MiB. */
const keptNumbers = 2 ** 24;

/** The float model's outputs, which are kept where they are few, so that several quantized models can be compared with them. */
export function realOutputs(real: Graph, samples: readonly JudgedSample[], execute: Executor): RealOutputs {
  const run = execute(real);
  const kept = new Map<number, Float64Array>();
  return (index, sample) => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const [output] = run(sample());
    const values = output === undefined ? new Float64Array() : realValues(output);
    if (real.states.length > 0 || values.length * samples.length <= keptNumbers) kept.set(index, values);
    return values;
  };
}

/**
 * Runs both models on all samples and compares their first outputs.
 *
 * @param real the float model, or its outputs
 */
export function compareOutputs(
  real: Graph | RealOutputs,
  stored: Graph,
  samples: readonly JudgedSample[],
  execute: Executor,
  onDone: (done: number) => void = () => {},
): OutputReport {
  const outputOf = typeof real === 'function' ? real : realOutputs(real, samples, execute);
  const runStored = execute(stored);
  const rows = samples.map(({ name, label, load }, done) => {
    const inputs = load();
    const want = outputOf(done, () => inputs);
    const [found] = runStored(storedInputs(stored, inputs));
    onDone(done + 1);
    return { name, label, ...judge(want, found === undefined ? new Float64Array() : realValues(found)) };
  });
  const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / Math.max(1, list.length);
  const divergences = rows.flatMap(({ divergence }) => (divergence === null ? [] : [divergence]));
  return {
    samples: rows.length,
    agreement: bootstrapMean(rows.map((row) => Number(row.real === row.stored))),
    cosine: mean(rows.map(({ cosine }) => cosine)),
    divergence: divergences.length < rows.length ? null : mean(divergences),
    accuracy: rows.some(({ label }) => label === null) || rows.length === 0 ? null : accuracyOf(rows),
    flips: rows
      .filter((row) => row.real !== row.stored)
      .map(({ name, label, real, stored }) => ({ name, label, real, stored })),
  };
}

function accuracyOf(
  rows: readonly { readonly label: number | null; readonly real: number; readonly stored: number }[],
) {
  const hits = (key: 'real' | 'stored') => rows.map((row) => Number(row[key] === row.label));
  const [real, stored] = [hits('real'), hits('stored')];
  const difference = stored.map((hit, i) => hit - (real[i] ?? 0));
  return { real: bootstrapMean(real), stored: bootstrapMean(stored), difference: bootstrapMean(difference) };
}

function judge(want: Float64Array, found: Float64Array) {
  let [dot, a, b] = [0, 0, 0];
  want.forEach((value, i) => {
    const other = found[i] ?? 0;
    dot += value * other;
    a += value * value;
    b += other * other;
  });
  return {
    real: largestAt(want),
    stored: largestAt(found),
    cosine: a === 0 || b === 0 ? Number(a === b) : dot / Math.sqrt(a * b),
    divergence: isDistribution(want) && isDistribution(found) ? divergenceOf(want, found) : null,
  };
}

/** Index of the largest element, the first of equal ones. */
function largestAt(values: Float64Array): number {
  return values.reduce((best, value, i) => (value > (values[best] ?? 0) ? i : best), 0);
}

function isDistribution(values: Float64Array): boolean {
  const sum = values.reduce((a, b) => a + b, 0);
  return values.length > 1 && values.every((value) => value >= 0) && Math.abs(sum - 1) < 0.1;
}

/** Sum of p log(p / q); probabilities of an int8 output have a floor of half a step. */
function divergenceOf(p: Float64Array, q: Float64Array): number {
  const floor = 1 / 512;
  return p.reduce(
    (sum, value, i) => (value <= 0 ? sum : sum + value * Math.log(value / Math.max(floor, q[i] ?? 0))),
    0,
  );
}
