import { type Graph, valueById } from '../../../ir/graph.ts';
import type { Statistics } from '../calibrate.ts';
import type { SampleTraits } from '../statistics/tensor-statistics.ts';
import { type Cluster, clusters } from './cluster.ts';
import type { Activations } from './features.ts';
import { deviation, mean, median } from './robust.ts';

/** Times that every cluster may choose anew. */
const rounds = 3;

/**
 * `count` samples, by their indices in order, that stand for all. Every feature is brought to the same spread and similar samples make
 * `count` clusters; of each cluster the middle is taken, or that member with which the ranges of all chosen ones reach farthest. So
 * every kind of sample is there, and the ranges are nearly those of all.
 *
 * @param left samples that are not taken while there are others, and whose ranges do not count
 */
export function selectSamples(
  { features, statistics }: Activations,
  count: number,
  left: ReadonlySet<number> = new Set(),
): readonly number[] {
  if (count >= features.length) return [...features.keys()];
  const all = [...features.keys()];
  const candidates = features.length - left.size >= count ? all.filter((i) => !left.has(i)) : all;
  const points = standardized(candidates.map((i) => features[i] ?? new Float64Array()));
  const groups = clusters(points, count).map((members) => members.map((i) => candidates[i] ?? 0));
  const chosen = widest(
    groups,
    reaches(
      [...statistics.values()].map(({ traits }) => traits),
      new Set(candidates),
    ),
  );
  return filled(candidates, new Set(chosen), count);
}

/** The points with mean 0 and deviation 1 in every dimension that varies. */
function standardized(features: readonly Float64Array[]): readonly Float64Array[] {
  const scales = Array.from({ length: features[0]?.length ?? 0 }, (_, d) => {
    const column = features.map((point) => point[d] ?? 0);
    const spread = deviation(column);
    return { centre: mean(column), factor: spread > 0 ? 1 / spread : 0 };
  });
  return features.map((point) => {
    return point.map((value, d) => (value - (scales[d]?.centre ?? 0)) * (scales[d]?.factor ?? 0));
  });
}

/** How far a sample reaches towards both ends of the range of every tensor, each as a share of that of all, at most 1. */
type ReachOf = (sample: number) => Float64Array | null;

function reaches(traits: readonly SampleTraits[], candidates: ReadonlySet<number>): ReachOf {
  const ends = traits.flatMap(({ min, max, stride }) => {
    const counts = (value: number, i: number) => candidates.has(i * stride) && !Number.isNaN(value);
    const low = min.filter(counts).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const high = max.filter(counts).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const middle = (median(min) + median(max)) / 2;
    const share = (value: number, end: number) => (end === middle ? 1 : (value - middle) / (end - middle));
    return [
      { values: min.map((value) => share(value, low)), stride },
      { values: max.map((value) => share(value, high)), stride },
    ];
  });
  return (sample) => {
    const at = sample / (ends[0]?.stride ?? 1);
    if (!Number.isInteger(at)) return null;
    return Float64Array.from(ends, ({ values }) => Math.max(0, Math.min(1, values[at] ?? 0)));
  };
}

/** One member of each cluster, so that together they reach far in all tensors; the first of equal ones. */
function widest(groups: readonly Cluster[], reachOf: ReachOf): readonly number[] {
  const chosen = groups.map(([middle = 0]) => middle);
  for (let round = 0; round < rounds; round++) {
    let isSame = true;
    groups.forEach((members, g) => {
      const others = highest(chosen.filter((_, i) => i !== g).map(reachOf));
      let [best, most] = [chosen[g] ?? 0, -1];
      for (const member of members) {
        const sum = (highest([others, reachOf(member)]) ?? new Float64Array()).reduce((a, b) => a + b, 0);
        if (sum > most + 1e-9) [best, most] = [member, sum];
      }
      isSame &&= best === chosen[g];
      chosen[g] = best;
    });
    if (isSame) break;
  }
  return chosen;
}

/** The largest of each element; null for nothing. */
function highest(list: readonly (Float64Array | null)[]): Float64Array | null {
  const [first, ...others] = list.filter((one) => one !== null);
  if (first === undefined) return null;
  const all = Float64Array.from(first);
  for (const one of others) {
    for (let i = 0; i < all.length; i++) all[i] = Math.max(all[i] ?? 0, one[i] ?? 0);
  }
  return all;
}

/** Where there were fewer clusters, because samples are equal, samples at even distances take the places that are left. */
function filled(candidates: readonly number[], chosen: ReadonlySet<number>, count: number): readonly number[] {
  const all = new Set(chosen);
  const free = candidates.filter((i) => !all.has(i));
  const missing = count - all.size;
  for (let i = 0; i < missing; i++) all.add(free[Math.floor((i * free.length) / missing)] ?? 0);
  return [...all].sort((a, b) => a - b);
}

/** How ranges of some samples compare with those of all. */
export interface RangeChange {
  /** Median over tensors of the width of the range of some over that of all. */
  readonly typical: number;
  /** Tensors by this share, the narrowest first. */
  readonly tensors: readonly {
    readonly name: string;
    readonly share: number;
    readonly some: Ends;
    readonly all: Ends;
  }[];
}

type Ends = { readonly min: number; readonly max: number };

/** Statistics of some samples beside those of all, of one graph. */
export function rangeChange(graph: Graph, some: Statistics, all: Statistics): RangeChange {
  const tensors = [...all].flatMap(([id, { range }]) => {
    const part = some.get(id)?.range;
    if (part === undefined) return [];
    const width = range.max - range.min;
    const share = width === 0 ? 1 : (part.max - part.min) / width;
    return [{ name: valueById(graph, id).name, share, some: part, all: range }];
  });
  return { typical: median(tensors.map(({ share }) => share)), tensors: tensors.sort((a, b) => a.share - b.share) };
}
