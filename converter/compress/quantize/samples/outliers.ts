import { type Graph, valueById } from '../../../ir/graph.ts';
import type { SampleTraits, Statistics } from '../statistics/tensor-statistics.ts';
import type { CheckedSet, SampleFinding } from './finding.ts';
import { median, spreadAround } from './robust.ts';

/** Distance from the median, in robust standard deviations, from which on a sample is unlike the others. */
const unlike = 6;

/** A range that shrinks to this share without one sample is set by that sample. */
const shrinks = 0.8;

/** Of fewer samples none is unlike the others. */
const fewest = 8;

/** Samples that are named. */
const shownSamples = 5;

/** What a sample alone does to the range of one tensor. */
interface Alone {
  readonly tensor: string;
  /** Width of the range without the sample over that with it. */
  readonly share: number;
}

/** A sample that is unlike the others. */
interface Outlier {
  /** Its index. */
  readonly sample: number;
  /** The tensors whose ranges it sets. */
  readonly alone: readonly Alone[];
  readonly worst: Alone;
}

/** Samples that alone set the range of an input, or of a fifth of all tensors, or double that of any; the worst first. */
export function outlyingSamples(graph: Graph, statistics: Statistics): readonly Outlier[] {
  const inputs = new Set(graph.inputs.map(({ value }) => value));
  const found = new Map<number, { readonly alone: Alone[]; isInput: boolean }>();
  for (const [id, { traits }] of statistics) {
    const setter = rangeSetter(traits);
    if (setter === null) continue;
    const entry = found.get(setter.sample) ?? { alone: [], isInput: false };
    entry.alone.push({ tensor: valueById(graph, id).name, share: setter.share });
    entry.isInput ||= inputs.has(id);
    found.set(setter.sample, entry);
  }
  return [...found]
    .map(([sample, { alone, isInput }]) => {
      const worst = alone.reduce((a, b) => (b.share < a.share ? b : a));
      return { sample, alone, isInput, worst };
    })
    .filter(({ alone, isInput, worst }) => isInput || alone.length * 5 >= statistics.size || worst.share <= 0.5)
    .sort((a, b) => a.worst.share - b.worst.share);
}

/** The first of {@link outlyingSamples}, by their names. */
export function outliers({ graph, statistics, samples }: CheckedSet): readonly SampleFinding[] {
  if (samples.length < fewest) return [];
  return outlyingSamples(graph, statistics)
    .slice(0, shownSamples)
    .flatMap(({ sample, alone, worst }): SampleFinding[] => {
      const name = samples[sample]?.name;
      if (name === undefined) return [];
      const factor = (1 / worst.share).toPrecision(2);
      const what = `it alone sets the range of ${alone.length} of ${statistics.size} tensors, and makes that of "${worst.tensor}" ${factor} times as wide`;
      const advice = 'leave it out where it is a mistake; --ranges percentile or mse cut such values off';
      return [{ code: 'sample-outlier', where: `sample ${JSON.stringify(name)}`, what, advice, samples: [name] }];
    });
}

/** The sample without which the range would be much narrower, where it is unlike the others; null where there is none. */
function rangeSetter({ min, max, stride }: SampleTraits): { readonly sample: number; readonly share: number } | null {
  const top = extremes(max, 1);
  const bottom = extremes(min, -1);
  if (top === null || bottom === null) return null;
  const width = top.first - bottom.first;
  const candidates = [
    { values: max, side: top, share: (top.second - bottom.first) / width },
    { values: min, side: bottom, share: (top.first - bottom.second) / width },
  ];
  const found = candidates.filter(({ values, side, share }) => {
    const centre = median(values);
    const spread = Math.max(spreadAround(values, centre), 1e-3 * width);
    return share < shrinks && Math.abs(side.first - centre) > unlike * spread;
  });
  const [a, b] = found;
  if (a === undefined) return null;
  const both = b !== undefined && b.side.at === a.side.at;
  const share = both ? (top.second - bottom.second) / width : a.share;
  return { sample: a.side.at * stride, share: Math.max(share, 1e-6) };
}

/** The largest value times `sign`, where it is, and the next one. */
function extremes(values: Float64Array, sign: 1 | -1) {
  let [at, first, second] = [-1, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  values.forEach((value, i) => {
    const signed = sign * value;
    if (signed > first) [at, first, second] = [i, signed, first];
    else if (signed > second) second = signed;
  });
  return Number.isFinite(second) ? { at, first: sign * first, second: sign * second } : null;
}
