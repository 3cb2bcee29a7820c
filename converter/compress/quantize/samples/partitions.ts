import { valueById } from '../../../ir/graph.ts';
import type { SampleTraits } from '../statistics/tensor-statistics.ts';
import type { CheckedSet, SampleFinding } from './finding.ts';
import { deviation, mean, median } from './robust.ts';

/** Samples that a partition needs to be compared. */
const fewest = 4;

/** Typical widths that differ by this factor, in an input or in half of all tensors. */
const widths = 1.5;

/** Means of an input that differ by this many standard deviations between samples. */
const shifts = 2;

/** A partition beside all others, in one tensor. */
interface Skew {
  readonly tensor: string;
  readonly isInput: boolean;
  /** Typical width of the range of a sample over that of the others. */
  readonly width: number;
  /** Distance of the means in standard deviations of the others' means. */
  readonly shift: number;
}

/** Partitions (folders) whose samples have other ranges or means than all others: from other devices, or pre-processed in another way. */
export function skewedPartitions({ graph, statistics, samples }: CheckedSet): readonly SampleFinding[] {
  const groups = new Map<string, number[]>();
  samples.forEach(({ partition }, i) => {
    groups.set(partition, [...(groups.get(partition) ?? []), i]);
  });
  const large = [...groups].filter(([, members]) => {
    return members.length >= fewest && samples.length - members.length >= fewest;
  });
  const inputs = new Set(graph.inputs.map(({ value }) => value));
  return large.flatMap(([partition, members]): SampleFinding[] => {
    const own = new Set(members);
    const skews = [...statistics].map(([id, { traits }]): Skew => {
      return { tensor: valueById(graph, id).name, isInput: inputs.has(id), ...skewOf(traits, own) };
    });
    const typical = median(skews.map(({ width }) => width));
    const input = skews.find((skew) => skew.isInput && (skew.shift > shifts || differs(skew.width)));
    const all = differs(typical);
    if (input === undefined && !all) return [];
    const shown = input ?? skews.reduce((a, b) => (distance(b.width) > distance(a.width) ? b : a));
    const what =
      `its ${members.length} samples differ from the others: in "${shown.tensor}" their range is ${shown.width.toPrecision(2)} times as wide` +
      ` and their mean lies ${shown.shift.toPrecision(2)} standard deviations away`;
    const advice = 'see that all folders were recorded and prepared alike, and that each has its share of the samples';
    return [{ code: 'samples-skew', where: `folder ${JSON.stringify(partition)}`, what, advice, samples: [] }];
  });
}

const distance = (factor: number) => Math.abs(Math.log(Math.max(1e-9, factor)));
const differs = (factor: number) => distance(factor) > Math.log(widths);

function skewOf({ min, max, mean: means, stride }: SampleTraits, own: ReadonlySet<number>) {
  const parts = { inside: [] as number[], outside: [] as number[] };
  means.forEach((_, i) => {
    (own.has(i * stride) ? parts.inside : parts.outside).push(i);
  });
  const typicalWidth = (list: readonly number[]) => median(list.map((i) => (max[i] ?? 0) - (min[i] ?? 0)));
  const meansOf = (list: readonly number[]) => list.map((i) => means[i] ?? Number.NaN);
  const [inside, outside] = [typicalWidth(parts.inside), typicalWidth(parts.outside)];
  const far = Math.abs(mean(meansOf(parts.inside)) - mean(meansOf(parts.outside)));
  const spread = Math.max(deviation(meansOf(parts.outside)), 1e-3 * outside, 1e-12);
  return {
    width: outside === 0 ? (inside === 0 ? 1 : Number.POSITIVE_INFINITY) : inside / outside,
    shift: far / spread,
  };
}
